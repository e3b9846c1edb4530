// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Finds values in snapshots by names. */
public final class Totals {
    private Totals() {}

    public static CollectorSnapshot collector(Snapshot snapshot, String name) {
        return snapshot.collectors().stream()
                .filter(collector -> collector.schema().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no collector " + name));
    }

    /** A cgroup's index among those of a snapshot. */
    public static OptionalInt index(Snapshot snapshot, String path) {
        return IntStream.range(0, snapshot.cgroups().size())
                .filter(i -> snapshot.cgroups().get(i).path().equals(path))
                .findFirst();
    }

    /** A word of a cgroup's total; 0 where nothing was counted. */
    public static long value(Snapshot snapshot, String collector, String path, int word) {
        int cgroup = index(snapshot, path).orElseThrow(() -> new AssertionError("no cgroup " + path));
        CollectorSnapshot values = collector(snapshot, collector);
        return values.has(cgroup) ? values.value(cgroup, word) : 0;
    }

    public static long attaches(Snapshot snapshot, String path) {
        return value(snapshot, "attach", path, 0);
    }

    /** Nanoseconds that tasks of the subtree waited for a CPU. */
    public static long waited(Snapshot snapshot, String path) {
        return value(snapshot, "runqueue", path, 0);
    }

    public static long switches(Snapshot snapshot, String path) {
        return value(snapshot, "runqueue", path, Metric.BUCKETS + 1);
    }

    public static long preemptions(Snapshot snapshot, String path) {
        return value(snapshot, "runqueue", path, Metric.BUCKETS + 2);
    }

    /** Nanoseconds that tasks of the subtree were runnable but throttled: not in {@link #waited}. */
    public static long throttled(Snapshot snapshot, String path) {
        return value(snapshot, "runqueue", path, Metric.BUCKETS + 3);
    }

    /** Nanoseconds of the longest wait in the subtree. */
    public static long longestWait(Snapshot snapshot, String path) {
        return value(snapshot, "runqueue", path, Metric.BUCKETS + 4);
    }

    /** When that ended, in nanoseconds since the system was booted. */
    public static long longestWaitEnd(Snapshot snapshot, String path) {
        return value(snapshot, "runqueue", path, Metric.BUCKETS + 5);
    }

    /** How many waits for a CPU there were. */
    public static long waits(Snapshot snapshot, String path) {
        return IntStream.rangeClosed(1, Metric.BUCKETS)
                .mapToLong(word -> value(snapshot, "runqueue", path, word))
                .sum();
    }
}
