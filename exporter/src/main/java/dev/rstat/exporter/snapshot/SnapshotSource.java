// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import dev.rstat.RstatException;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import java.util.List;

/** Where snapshots come from: the kernel, or a test. */
public interface SnapshotSource extends AutoCloseable {
    /**
     * Flushes and reads everything, anew with each call.
     *
     * @throws RstatException if nothing can be read
     */
    Snapshot snapshot();

    /** What the kernel knows of the loaded programs' runs; empty where it does not tell. */
    List<ProgramStats> programs();

    @Override
    void close();
}
