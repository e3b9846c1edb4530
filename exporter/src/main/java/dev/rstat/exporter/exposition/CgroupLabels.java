// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Cgroup;
import java.util.List;

/**
 * The label {@code cgroup="/path",} of each cgroup of a snapshot as bytes: every series of a cgroup starts with it, so it is encoded
 * once for all of them, and once for all snapshots that see the same tree.
 */
final class CgroupLabels {
    private final List<Cgroup> cgroups;
    private final byte[][] paths;
    private final byte[][] labels;

    private CgroupLabels(List<Cgroup> cgroups) {
        this.cgroups = cgroups;
        this.paths = new byte[cgroups.size()][];
        this.labels = new byte[cgroups.size()][];
        for (int i = 0; i < labels.length; i++) {
            String path = Escapes.labelValue(cgroups.get(i).path());
            paths[i] = path.getBytes(UTF_8);
            labels[i] = ("cgroup=\"" + path + "\",").getBytes(UTF_8);
        }
    }

    /** The path alone, as the value of another label. */
    byte[] path(int cgroup) {
        return paths[cgroup];
    }

    byte[] get(int cgroup) {
        return labels[cgroup];
    }

    /** Remembers the labels of the last tree. Threads that meet a new tree at once may each encode it; nothing else is shared. */
    static final class Cache {
        private volatile CgroupLabels last = new CgroupLabels(List.of());

        // Comparing the trees would cost more than encoding one.
        @SuppressWarnings("ReferenceEquality")
        CgroupLabels of(List<Cgroup> cgroups) {
            CgroupLabels labels = last;
            if (labels.cgroups != cgroups) {
                labels = new CgroupLabels(cgroups);
                last = labels;
            }
            return labels;
        }
    }
}
