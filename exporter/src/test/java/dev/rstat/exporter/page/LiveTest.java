// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.snapshot.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** With a clock that goes on by three seconds with each reading, and stands still otherwise. */
class LiveTest {
    private static final long STEP = TimeUnit.SECONDS.toNanos(3);

    private long nanos = 1;
    private String[] cgroups = {"/", "/a"};
    private boolean fails;
    private final Live live = new Live(this::read, Duration.ofMinutes(15), () -> nanos);

    private Reading read() {
        nanos += STEP;
        if (fails) {
            return new Reading.Failed("nothing is loaded");
        }
        return new Reading.Taken(
                new SnapshotFixture()
                        .at(Instant.ofEpochSecond(0, nanos))
                        .cgroups(cgroups)
                        .collector(RUNQUEUE, Map.of("/a", runqueue(nanos, 0, nanos)))
                        .build(),
                List.of());
    }

    private Present.Shown shown() {
        return (Present.Shown) live.look();
    }

    @Test
    void whoLooksFirstGetsAFrameOfTwoReadings() {
        Present.Shown shown = shown();
        assertThat(shown.number()).isEqualTo(1);
        assertThat(shown.frame().interval()).isEqualTo(Duration.ofNanos(STEP));
        assertThat(shown()).isSameAs(shown);
    }

    @Test
    void itReadsMoreOftenWhileSomebodyLooks() {
        live.sample();
        assertThat(live.pauseNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        live.sample();
        assertThat(live.pauseNanos()).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(5));
        long alone = live.pauseNanos();
        live.look();
        assertThat(live.pauseNanos())
                .isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(2))
                .isLessThan(alone);
        nanos += TimeUnit.SECONDS.toNanos(60);
        assertThat(live.pauseNanos()).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(5));
    }

    @Test
    void whileNobodyLooksThereIsAHistoryAllTheSame() {
        for (int i = 0; i < 5; i++) {
            live.sample();
        }
        assertThat(live.history().of(2, List.of("runqueue_latency"), "").steps())
                .isEqualTo(4);
        assertThat(shown().number()).isEqualTo(5);
    }

    @Test
    void theTreeHasAnotherNumberWhenItIsAnother() {
        long tree = shown().tree();
        live.sample();
        assertThat(shown().tree()).isEqualTo(tree);
        cgroups = new String[] {"/", "/a", "/b"};
        live.sample();
        assertThat(shown().tree()).isNotEqualTo(tree);
    }

    @Test
    void aFailureIsSaidAndOver() {
        shown();
        fails = true;
        live.sample();
        assertThat(live.look()).isEqualTo(new Present.Missing("nothing is loaded"));
        fails = false;
        live.sample();
        assertThat(shown().frame().interval()).isEqualTo(Duration.ofNanos(2 * STEP));
    }
}
