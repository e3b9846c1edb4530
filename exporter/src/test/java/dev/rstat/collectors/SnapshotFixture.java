// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Snapshots that no kernel took. Lives here because only the library makes a {@link CollectorSnapshot}. */
public final class SnapshotFixture {
    public static final Metric WAIT = new Metric(
            "wait",
            "cgroup_runqueue_latency_seconds",
            Metric.Type.HISTOGRAM,
            Metric.Unit.NANOSECONDS,
            "Time tasks were runnable before they ran.",
            0);
    public static final Metric SWITCHES =
            counter("switches", "cgroup_context_switches_total", WAIT.type().words());
    public static final Metric PREEMPTIONS =
            counter("preemptions", "cgroup_preemptions_total", SWITCHES.firstWord() + 1);
    public static final CollectorSchema RUNQUEUE = new CollectorSchema(
            "runqueue", "Run-queue latency", List.of(WAIT, SWITCHES, PREEMPTIONS), PREEMPTIONS.firstWord() + 1);

    public static final Metric DELAYED = new Metric(
            "delayed",
            "cgroup_delayed_by_seconds_total",
            Metric.Type.TOP,
            Metric.Unit.NANOSECONDS,
            "Who delayed me.",
            0,
            List.of(),
            "by",
            false);
    public static final CollectorSchema PREEMPTION =
            new CollectorSchema("preemption", "Who hurts whom", List.of(DELAYED), Metric.Type.TOP.words());

    /** When all counters were 0. */
    public static final Instant STARTED = Instant.ofEpochSecond(1_700_000_000);

    private final List<Cgroup> cgroups = new ArrayList<>();
    private final Map<String, Cgroup> byPath = new HashMap<>();
    private final List<CollectorSnapshot> collectors = new ArrayList<>();
    private final Map<String, String> failures = new HashMap<>();
    private Instant time = Instant.EPOCH;
    private long began;
    private boolean consistent = true;

    public static Metric counter(String field, String name, int word) {
        return new Metric(field, name, Metric.Type.COUNTER, Metric.Unit.NONE, "Counts %s.".formatted(field), word);
    }

    /** The words of {@link #RUNQUEUE}; buckets that are not given are 0. */
    public static long[] runqueue(long switches, long preemptions, long waitNanoseconds, long... buckets) {
        long[] words = new long[RUNQUEUE.words()];
        words[0] = waitNanoseconds;
        System.arraycopy(buckets, 0, words, 1, buckets.length);
        words[SWITCHES.firstWord()] = switches;
        words[PREEMPTIONS.firstWord()] = preemptions;
        return words;
    }

    /**
     * The words of {@link #PREEMPTION}.
     *
     * @param other the rest
     * @param entries ids of cgroups, each followed by nanoseconds
     */
    public static long[] preemption(long other, long... entries) {
        long[] words = new long[PREEMPTION.words()];
        for (int i = 0; i < entries.length; i += 2) {
            words[i / 2 * Metric.TOP_ENTRY_WORDS] = entries[i];
            words[i / 2 * Metric.TOP_ENTRY_WORDS + 1] = entries[i + 1];
            words[i / 2 * Metric.TOP_ENTRY_WORDS + 2] = entries[i + 1];
        }
        words[words.length - 1] = other;
        return words;
    }

    public SnapshotFixture at(Instant moment) {
        time = moment;
        return this;
    }

    /** When the collectors to come began to count, in nanoseconds since boot. */
    public SnapshotFixture began(long nanoseconds) {
        began = nanoseconds;
        return this;
    }

    /** The collectors to come were not read at one moment. */
    public SnapshotFixture inconsistent() {
        consistent = false;
        return this;
    }

    /** Adds cgroups, parents first; their ids count from 1. */
    public SnapshotFixture cgroups(String... paths) {
        for (String path : paths) {
            cgroup(cgroups.size() + 1, path);
        }
        return this;
    }

    /** Adds one, after its parent. */
    public SnapshotFixture cgroup(long id, String path) {
        Cgroup parent = parent(path);
        Cgroup cgroup = new Cgroup(id, path, parent, parent == null ? 0 : parent.depth() + 1);
        cgroups.add(cgroup);
        byPath.put(path, cgroup);
        return this;
    }

    /** Adds a collector once all cgroups are there; cgroups without words had no event. */
    public SnapshotFixture collector(CollectorSchema schema, Map<String, long[]> words) {
        int[] offsets = new int[cgroups.size()];
        Arrays.fill(offsets, -1);
        long[] values = new long[schema.words() * words.size()];
        int next = 0;
        for (int i = 0; i < offsets.length; i++) {
            long[] own = words.get(cgroups.get(i).path());
            if (own != null) {
                System.arraycopy(own, 0, values, next, schema.words());
                offsets[i] = next;
                next += schema.words();
            }
        }
        CollectorState state = new CollectorState(3, 1_500_000, 0, 0, 0, 0, 1, words.size(), 1024);
        collectors.add(new CollectorSnapshot(
                schema,
                FlushMode.WALK,
                ResultStore.HASH,
                state,
                started(cgroups.size()),
                began,
                values,
                offsets,
                consistent,
                2,
                250_000));
        return this;
    }

    static StartTimes started(int cgroups) {
        return StartTimes.unknown(TimeUnit.SECONDS.toNanos(STARTED.getEpochSecond()), cgroups);
    }

    public SnapshotFixture failure(String collector, String reason) {
        failures.put(collector, reason);
        return this;
    }

    public Snapshot build() {
        return new Snapshot(time, cgroups, collectors, failures);
    }

    private @Nullable Cgroup parent(String path) {
        if (path.equals("/")) {
            return null;
        }
        int slash = path.lastIndexOf('/');
        return Objects.requireNonNull(byPath.get(slash == 0 ? "/" : path.substring(0, slash)), path);
    }
}
