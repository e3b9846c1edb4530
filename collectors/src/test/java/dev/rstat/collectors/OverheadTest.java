// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class OverheadTest {
    @Test
    void aCollectorTakesWhatAllItsProgramsTookMeanwhile() {
        List<Overhead> all = Overhead.between(
                List.of(
                        new ProgramStats("a", "one", 1000, 50_000, 0),
                        new ProgramStats("a", "two", 10, 900, 0),
                        new ProgramStats("idle", "one", 7, 700, 0)),
                List.of(
                        new ProgramStats("a", "one", 3000, 250_000, 0),
                        new ProgramStats("a", "two", 2010, 400_900, 0),
                        new ProgramStats("idle", "one", 7, 700, 0)),
                2);
        assertThat(all).containsExactly(new Overhead("a", 2000, 150), new Overhead("idle", 0, 0));
        assertThat(all.getFirst().percent()).isCloseTo(0.03, within(1e-9)); // 300 us a second
    }

    @Test
    void aProgramThatWasReplacedCountsFromThen() {
        assertThat(Overhead.between(
                        List.of(new ProgramStats("a", "one", 1000, 50_000, 0)),
                        List.of(new ProgramStats("a", "one", 10, 900, 0), new ProgramStats("b", "new", 30, 6000, 0)),
                        1))
                .containsExactly(new Overhead("b", 30, 200), new Overhead("a", 10, 90));
    }
}
