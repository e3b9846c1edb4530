// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnitTest {
    @Test
    void timesAreInTheMultipleThatSuits() {
        assertThat(Unit.SECONDS.text(0)).isEqualTo("0 s");
        assertThat(Unit.SECONDS.text(59.6e-9)).isEqualTo("59.6 ns");
        assertThat(Unit.SECONDS.text(972e-6)).isEqualTo("972 us");
        assertThat(Unit.SECONDS.text(0.04)).isEqualTo("40.0 ms");
        assertThat(Unit.SECONDS.text(2)).isEqualTo("2.00 s");
        assertThat(Unit.SECONDS.text(86_400)).isEqualTo("86400 s");
    }

    @Test
    void bytesArePowersOf1024AndCountsOf1000() {
        assertThat(Unit.BYTES.text(0)).isEqualTo("0 B");
        assertThat(Unit.BYTES.text(1023)).isEqualTo("1023 B");
        assertThat(Unit.BYTES.text(1023.9)).isEqualTo("1.00 KiB");
        assertThat(Unit.BYTES.text(1.5 * (1 << 30))).isEqualTo("1.50 GiB");
        assertThat(Unit.BYTES_PER_SECOND.text(2048)).isEqualTo("2.00 KiB/s");
        assertThat(Unit.PER_SECOND.text(0.25)).isEqualTo("0.25");
        assertThat(Unit.PER_SECOND.text(999.7)).isEqualTo("1.00k");
        assertThat(Unit.NUMBER.text(12_340)).isEqualTo("12.3k");
        assertThat(Unit.NUMBER.text(-5)).isEqualTo("-5");
    }

    @Test
    void theRestIsPlainAndWhatIsAbsentIsADash() {
        assertThat(Unit.CORES.text(1.004)).isEqualTo("1.00");
        assertThat(Unit.RATIO.text(0.123)).isEqualTo("12.3 %");
        for (Unit unit : Unit.values()) {
            assertThat(unit.text(Double.NaN)).isEqualTo("-");
        }
    }

    @Test
    void noTextIsLongerThanTen() {
        for (Unit unit : Unit.values()) {
            for (double value = 1e-9; value < 2e19; value *= 1.037) {
                // Of times in a second there are at most as many as there are tasks; a ratio is 1 at most.
                boolean small = unit == Unit.CORES || unit == Unit.SECONDS_PER_SECOND;
                double possible = unit == Unit.RATIO ? value / 1e19 : small ? value / 1e12 : value;
                assertThat(unit.text(possible)).hasSizeLessThanOrEqualTo(10);
            }
        }
    }
}
