// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static dev.rstat.collectors.SnapshotFixture.PREEMPTION;
import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.preemption;
import static dev.rstat.collectors.SnapshotFixture.runqueue;

import dev.rstat.collectors.CgroupfsFixture;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.live.Frame;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jline.utils.AttributedString;

/** Frames of two seconds, in which a quiet cgroup waits for a noisy one. */
final class TopFixture {
    /** The path of each, in the order of their ids from 1 on. */
    static final String[] PATHS = {"/", "/batch", "/batch/noisy", "/web", "/web/idle", "/web/quiet"};

    private static final long SECOND = 1_000_000_000;

    private TopFixture() {}

    static Frame frame() {
        return frame(PATHS);
    }

    /**
     * @param paths some of {@link #PATHS}, in any order that has parents first, and others
     */
    static Frame frame(String... paths) {
        return Frame.between(snapshot(0, paths), snapshot(2, paths));
    }

    /** Totals that have grown for so many seconds. */
    static Snapshot snapshot(int second, String... paths) {
        SnapshotFixture fixture = new SnapshotFixture().at(Instant.ofEpochSecond(86_400 + second));
        for (String path : paths) {
            int known = List.of(PATHS).indexOf(path);
            // Of others something of their own, the same each time.
            fixture.cgroup(known >= 0 ? known + 1 : 1_000_000 + Integer.toUnsignedLong(path.hashCode()), path);
        }
        long waited = second * SECOND;
        Map<String, long[]> runqueues = new HashMap<>();
        // Bucket 17 ends at 7.81 ms, bucket 20 at 62.5 ms.
        runqueues.put("/", runqueue(second * 50L, 0, waited * 3 / 2, buckets(second * 30L, second * 10L)));
        runqueues.put("/web", runqueue(second * 40L, 0, waited, buckets(second * 20L, second * 10L)));
        runqueues.put("/web/quiet", runqueue(second * 40L, 0, waited, buckets(second * 20L, second * 10L)));
        runqueues.put("/batch", runqueue(second * 10L, 0, waited / 2, buckets(second * 10L, 0)));
        runqueues.put("/batch/noisy", runqueue(second * 10L, 0, waited / 2, buckets(second * 10L, 0)));
        runqueues.keySet().retainAll(List.of(paths));
        Map<String, long[]> preemptions = new HashMap<>();
        preemptions.put("/", preemption(0, 3, waited * 9 / 10, 6, waited / 2));
        preemptions.put("/web", preemption(waited / 10, 3, waited * 9 / 10));
        preemptions.put("/web/quiet", preemption(waited / 10, 3, waited * 9 / 10));
        preemptions.put("/batch", preemption(0, 6, waited / 2));
        preemptions.put("/batch/noisy", preemption(0, 6, waited / 2));
        preemptions.keySet().retainAll(List.of(paths));
        return new CgroupfsFixture()
                .file("/batch/noisy", "cpu.stat", "usage_usec %d\n".formatted(second * 900_000L))
                .file("/web/quiet", "cpu.stat", "usage_usec %d\n".formatted(second * 100_000L))
                .file("/web/quiet", "memory.current", "1572864\n")
                .in(fixture.collector(PREEMPTION, preemptions)
                        .collector(RUNQUEUE, runqueues)
                        .build());
    }

    private static long[] buckets(long short17, long long20) {
        long[] buckets = new long[21];
        buckets[17] = short17;
        buckets[20] = long20;
        return buckets;
    }

    static TopState state(int width, int height) {
        TopState state = new TopState("", Filter.NONE, Integer.MAX_VALUE, new Styles(false));
        state.resize(width, height);
        return state;
    }

    /** What is on the screen, without blanks at the ends of lines. */
    static List<String> screen(TopState state) {
        return Screen.lines(state, ZoneOffset.UTC).stream()
                .map(AttributedString::toString)
                .map(String::stripTrailing)
                .toList();
    }

    /** Types characters. */
    static void type(TopState state, String text) {
        text.codePoints().mapToObj(Key::of).forEach(state::press);
    }

    static void press(TopState state, Key.Kind... kinds) {
        for (Key.Kind kind : kinds) {
            state.press(Key.of(kind));
        }
    }
}
