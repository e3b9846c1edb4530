// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import dev.rstat.RstatException;
import dev.rstat.collectors.PinnedCollectors;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import java.nio.file.Path;
import java.util.List;

/** The collectors under a pin root. */
public final class PinnedSource implements SnapshotSource {
    private final Path pinRoot;
    private final PinnedCollectors collectors;

    private PinnedSource(Path pinRoot, PinnedCollectors collectors) {
        this.pinRoot = pinRoot;
        this.collectors = collectors;
    }

    /**
     * @throws RstatException if nothing is loaded there, or it cannot be read
     */
    public static PinnedSource open(Path pinRoot) {
        return new PinnedSource(pinRoot, PinnedCollectors.open(pinRoot));
    }

    @Override
    public Snapshot snapshot() {
        Snapshot snapshot = collectors.snapshot();
        if (snapshot.collectors().isEmpty() && snapshot.failures().isEmpty()) {
            throw new RstatException(
                    "nothing is loaded at %s any more; load the collectors: sudo rstat load".formatted(pinRoot));
        }
        return snapshot;
    }

    @Override
    public List<ProgramStats> programs() {
        return collectors.programs();
    }

    @Override
    public void close() {
        collectors.close();
    }
}
