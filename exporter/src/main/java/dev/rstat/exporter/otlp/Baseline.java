// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver has of a cgroup already, so that the next push is of the difference only.
 *
 * @param cgroup its index in that snapshot
 */
record Baseline(Snapshot snapshot, int cgroup) {
    /** That collector's part, if the cgroup was in it and its struct was the same. */
    @Nullable CollectorSnapshot collector(CollectorSchema schema) {
        for (CollectorSnapshot collector : snapshot.collectors()) {
            if (collector.schema().equals(schema)) {
                return collector.has(cgroup) ? collector : null;
            }
        }
        return null;
    }
}
