// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuartilesTest {
    @Test
    void areThoseOfTheSortedRepetitions() {
        assertThat(Quartiles.of(List.of(50.0, 10.0, 40.0, 20.0, 30.0))).isEqualTo(new Quartiles(20, 30, 40, 5));
    }

    @Test
    void lieBetweenTwoRepetitionsWhereNoneIsInTheMiddle() {
        assertThat(Quartiles.of(List.of(1.0, 2.0, 3.0, 4.0))).isEqualTo(new Quartiles(1.75, 2.5, 3.25, 4));
        assertThat(Quartiles.of(List.of(7.0))).isEqualTo(new Quartiles(7, 7, 7, 1));
    }

    @Test
    void areNotMovedByOneRepetitionThatTookForever() {
        assertThat(Quartiles.of(List.of(1.0, 1.0, 1.0, 1.0, 1e9)).median()).isEqualTo(1);
        assertThat(Quartiles.of(List.of(1.0, 1.0, 1.0, 1.0, 1e9)).upper()).isEqualTo(1);
    }

    @Test
    void ofNothingAreAnError() {
        assertThatThrownBy(() -> Quartiles.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
