// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import static dev.rstat.collectors.SnapshotFixture.PREEMPTION;
import static dev.rstat.collectors.SnapshotFixture.preemption;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PairsTest {
    /** Indices, and ids less one. */
    private static final int ROOT = 0;

    private static final int SLICE = 1;
    private static final int VICTIM = 2;
    private static final int NOISY = 3;
    private static final long NOBODYS_ID = 999;

    @Test
    void theWorstComesFirstAndAllAddUpToTheWhole() {
        Frame frame = frame(
                Map.of("/slice/victim", preemption(5, NOISY + 1, 1_000, VICTIM + 1, 7_000)),
                Map.of("/slice/victim", preemption(2_005, NOISY + 1, 9_001_000, VICTIM + 1, 1_007_000)));
        assertThat(pairs(frame, VICTIM))
                .containsExactly(
                        new Pair(VICTIM, NOISY, 9e-3 / 2),
                        new Pair(VICTIM, VICTIM, 1e-3 / 2),
                        new Pair(VICTIM, Pair.OTHER, 2e-6 / 2));
        assertThat(frame.value(frame.stat("delayed_by").orElseThrow(), VICTIM)).isEqualTo(10.002e-3 / 2);
        assertThat(pairs(frame, NOISY)).isEmpty();
    }

    @Test
    void whoeverIsGoneIsOneWithAllOthersThatAre() {
        Frame frame = frame(Map.of(), Map.of("/slice/victim", preemption(0, NOBODYS_ID, 600, NOBODYS_ID + 1, 1_400)));
        assertThat(pairs(frame, VICTIM)).containsExactly(new Pair(VICTIM, Pair.REMOVED, 1e-6));
    }

    @Test
    void anAggressorThatLostItsPlaceAndHasItAgainCountsSinceThen() {
        // Its first 1000 ns went over to the rest.
        Frame frame = frame(
                Map.of("/slice/victim", preemption(0, NOISY + 1, 1_000)),
                Map.of("/slice/victim", preemption(1_400, NOISY + 1, 200)));
        assertThat(pairs(frame, VICTIM))
                .containsExactlyInAnyOrder(new Pair(VICTIM, NOISY, 1e-7), new Pair(VICTIM, Pair.OTHER, 2e-7));
    }

    @Test
    void onTheWholeHostNoDelayIsThereTwice() {
        Frame frame = frame(
                Map.of(),
                Map.of(
                        "/",
                        preemption(0, NOISY + 1, 10_000, VICTIM + 1, 3_000),
                        "/slice",
                        preemption(1_000, NOISY + 1, 8_000, VICTIM + 1, 3_000),
                        "/slice/victim",
                        preemption(0, NOISY + 1, 8_000),
                        "/slice/noisy",
                        preemption(0, VICTIM + 1, 3_000, SLICE + 1, 1_000)));
        Split split = frame.splits().getFirst();
        assertThat(frame.pairs(split))
                .containsExactly(
                        new Pair(VICTIM, NOISY, 4e-6),
                        new Pair(NOISY, VICTIM, 1.5e-6),
                        new Pair(ROOT, NOISY, 1e-6),
                        new Pair(NOISY, SLICE, 5e-7));
    }

    private static List<Pair> pairs(Frame frame, int victim) {
        return frame.pairs(frame.splits().getFirst(), victim);
    }

    private static Frame frame(Map<String, long[]> earlier, Map<String, long[]> later) {
        return Frame.between(snapshot(0, earlier), snapshot(2, later));
    }

    private static Snapshot snapshot(int second, Map<String, long[]> words) {
        return new SnapshotFixture()
                .at(Instant.ofEpochSecond(second))
                .cgroups("/", "/slice", "/slice/victim", "/slice/noisy")
                .collector(PREEMPTION, words)
                .build();
    }
}
