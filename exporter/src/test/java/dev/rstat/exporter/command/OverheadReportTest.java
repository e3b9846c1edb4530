// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Overhead;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverheadReportTest {
    private static final List<Overhead> ALL =
            List.of(new Overhead("runqueue", 100_000, 150), new Overhead("attach", 0, 0));

    @Test
    void theTableEndsWithTheWhole() {
        assertThat(OverheadReport.table(ALL, 4)).isEqualTo("""
                        COLLECTOR                      RUNS/S   NS/RUN   % OF A CPU
                        runqueue                       100000      150        1.500
                        attach                              0        0        0.000
                        all                                                   1.500
                        0.375% of this host's 4 CPUs
                        """);
    }

    @Test
    void jsonHasTheSame() {
        assertThat(OverheadReport.json(ALL, 4))
                .contains("\"percentOfCpu\" : 1.5", "\"percentOfHost\" : 0.375", "\"runsPerSecond\" : 100000.0");
    }
}
