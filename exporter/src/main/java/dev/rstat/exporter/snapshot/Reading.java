// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import java.util.List;

/** The outcome of one attempt to take a snapshot. */
public sealed interface Reading {
    /** There is a snapshot, though single collectors may be missing from it, see {@link Snapshot#failures()}. */
    record Taken(Snapshot snapshot, List<ProgramStats> programs) implements Reading {
        public Taken {
            programs = List.copyOf(programs);
        }
    }

    /**
     * There is none.
     *
     * @param reason one line
     */
    record Failed(String reason) implements Reading {}
}
