// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.RstatException;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.snapshot.SnapshotSource;
import java.util.List;
import java.util.function.Supplier;

/** Gives what it is told to. */
final class FakeSource implements SnapshotSource {
    volatile Supplier<Snapshot> next;

    FakeSource(Supplier<Snapshot> next) {
        this.next = next;
    }

    static Supplier<Snapshot> failing(String reason) {
        return () -> {
            throw new RstatException(reason);
        };
    }

    @Override
    public Snapshot snapshot() {
        return next.get();
    }

    @Override
    public List<ProgramStats> programs() {
        return List.of(new ProgramStats("runqueue", "run", 1000, 2_500_000, 1));
    }

    @Override
    public void close() {}
}
