// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.exporter.live.Frame;
import java.util.List;

/** What there is to show now. */
sealed interface Present {
    /**
     * @param number of the frame since the service began
     * @param tree a number that changes when there are other cgroups than before
     * @param collectors those that were read
     */
    record Shown(long number, long tree, Frame frame, List<CollectorSnapshot> collectors) implements Present {
        public Shown {
            collectors = List.copyOf(collectors);
        }
    }

    /**
     * Nothing.
     *
     * @param reason one line
     */
    record Missing(String reason) implements Present {}
}
