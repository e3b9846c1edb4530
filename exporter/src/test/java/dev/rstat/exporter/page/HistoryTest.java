// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.live.Frame;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final int STEP = 5;
    private static final List<String> WAIT = List.of("runqueue_latency", "context_switches");

    /** Each cgroup waits a tenth of a second in each second, in ten waits, and does as many switches as its number. */
    private static Snapshot at(int seconds, int cgroups) {
        SnapshotFixture fixture =
                new SnapshotFixture().at(Instant.ofEpochSecond(seconds)).cgroups("/");
        Map<String, long[]> words = new HashMap<>();
        for (int i = 0; i < cgroups; i++) {
            fixture.cgroups("/c" + i);
            long[] buckets = new long[22];
            buckets[21] = 10L * seconds;
            words.put(
                    "/c" + i, runqueue((long) i * seconds, 0, TimeUnit.MILLISECONDS.toNanos(100L * seconds), buckets));
        }
        return fixture.collector(RUNQUEUE, words).build();
    }

    private static Frame frame(int from, int to, int cgroups) {
        return Frame.between(at(from, cgroups), at(to, cgroups));
    }

    private static void fill(History history, int steps, int cgroups) {
        for (int i = 0; i < steps; i++) {
            history.add(frame(i * STEP, (i + 1) * STEP, cgroups));
        }
    }

    @Test
    void itRemembersValuesAndObservationsOfEachStep() {
        History history = new History(Duration.ofMinutes(15), 1 << 20);
        fill(history, 3, 4);
        Track track = history.of(5, WAIT, "runqueue_latency");
        assertThat(track.steps()).isEqualTo(3);
        assertThat(track.endMillis(2)).isEqualTo(15_000);
        assertThat(track.seconds(2)).isEqualTo(STEP);
        assertThat(track.value(0, 1)).isCloseTo(0.1, within(0.001));
        assertThat(track.value(1, 1)).isEqualTo(3);
        assertThat(track.observations(1, 21)).isEqualTo(50);
        assertThat(track.observations(1, 20)).isZero();
    }

    @Test
    void ofOneThatDidNothingOrIsUnknownThereIsZero() {
        History history = new History(Duration.ofMinutes(15), 1 << 20);
        fill(history, 2, 4);
        for (long id : new long[] {1, 999}) {
            Track track = history.of(id, List.of("runqueue_latency", "no such"), "no such");
            assertThat(track.steps()).isEqualTo(2);
            assertThat(track.value(0, 1)).isZero();
            assertThat(track.value(1, 1)).isZero();
        }
    }

    @Test
    void idleOnesCostNothing() {
        History history = new History(Duration.ofMinutes(15), 1 << 20);
        Snapshot same = at(5, 1000);
        history.add(Frame.between(
                same, new Snapshot(Instant.ofEpochSecond(10), same.cgroups(), same.collectors(), Map.of())));
        assertThat(history.size()).isPositive().isLessThan(200);
    }

    @Test
    void whatIsOlderThanItsLengthIsForgotten() {
        History history = new History(Duration.ofSeconds(60), 1 << 20);
        fill(history, 100, 2);
        Track track = history.of(2, WAIT, "");
        assertThat(track.steps()).isEqualTo(13);
        assertThat(track.endMillis(0)).isEqualTo(440_000);
    }

    @Test
    void stepsBecomeCoarserRatherThanTooMany() {
        long budget = 64 << 10;
        History history = new History(Duration.ofMinutes(15), budget);
        for (int i = 0; i < 180; i++) {
            history.add(frame(i * STEP, (i + 1) * STEP, 100));
            assertThat(history.size()).isLessThanOrEqualTo(budget);
        }
        Track track = history.of(50, WAIT, "runqueue_latency");
        double seconds = 0;
        double observations = 0;
        for (int step = 0; step < track.steps(); step++) {
            seconds += track.seconds(step);
            observations += track.observations(step, 21);
            assertThat(track.value(0, step)).isCloseTo(0.1, within(0.002));
        }
        assertThat(history.longestStep()).isGreaterThan(STEP);
        assertThat(history.isPartial()).isFalse();
        // All the time and all that was observed in it is still there.
        assertThat(seconds).isCloseTo(900, within(60.0));
        assertThat(observations).isCloseTo(10 * seconds, within(0.02 * 10 * seconds));
    }

    @Test
    void ofTooManyTheBusiestAreRemembered() {
        long budget = 64 << 10;
        History history = new History(Duration.ofMinutes(15), budget);
        int cgroups = 2000;
        Snapshot earlier = at(0, cgroups);
        SnapshotFixture fixture =
                new SnapshotFixture().at(Instant.ofEpochSecond(5)).cgroups("/");
        Map<String, long[]> words = new HashMap<>();
        for (int i = 0; i < cgroups; i++) {
            fixture.cgroups("/c" + i);
            words.put("/c" + i, runqueue(1, 1, i + 1));
        }
        history.add(Frame.between(earlier, fixture.collector(RUNQUEUE, words).build()));
        assertThat(history.size()).isPositive().isLessThanOrEqualTo(budget);
        assertThat(history.isPartial()).isTrue();
        assertThat(history.of(cgroups + 1, WAIT, "").value(1, 0)).isPositive();
        assertThat(history.of(2, WAIT, "").value(1, 0)).isZero();
    }

    @Test
    void anIntervalInWhichTheClockWasSetIsLeftOut() {
        History history = new History(Duration.ofMinutes(15), 1 << 20);
        history.add(frame(10, 5, 2));
        assertThat(history.size()).isZero();
    }
}
