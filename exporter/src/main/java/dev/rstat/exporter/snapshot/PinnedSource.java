// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import dev.rstat.RstatException;
import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.PinnedCollectors;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The collectors under a pin root. */
public final class PinnedSource implements SnapshotSource {
    private final Path pinRoot;
    private final PinnedCollectors collectors;

    private PinnedSource(Path pinRoot, PinnedCollectors collectors) {
        this.pinRoot = pinRoot;
        this.collectors = collectors;
    }

    /**
     * @param cgroupfs read with them; closed with this
     * @throws RstatException if nothing is loaded there, or it cannot be read
     */
    public static PinnedSource open(Path pinRoot, Optional<CgroupfsCollector> cgroupfs) {
        return new PinnedSource(pinRoot, PinnedCollectors.open(pinRoot, cgroupfs.orElse(null)));
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
