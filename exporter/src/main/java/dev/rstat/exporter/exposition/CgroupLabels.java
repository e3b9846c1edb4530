// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Label;
import java.util.List;

/**
 * The labels of each cgroup of a snapshot as bytes: every series of a cgroup starts with its path, so it is encoded once for all of them,
 * and once for all snapshots that see the same tree.
 */
final class CgroupLabels {
    static final String CGROUP = "cgroup";

    private final List<Cgroup> cgroups;
    private final byte[][] paths;
    private final byte[][] labels;
    private final byte[][] infos;

    CgroupLabels(List<Cgroup> cgroups, LabelSyntax syntax) {
        this.cgroups = cgroups;
        this.paths = new byte[cgroups.size()][];
        this.labels = new byte[cgroups.size()][];
        this.infos = new byte[cgroups.size()][];
        for (int i = 0; i < labels.length; i++) {
            String path = cgroups.get(i).path();
            paths[i] = syntax.value(path);
            labels[i] = syntax.labels(List.of(new Label(CGROUP, path)));
            infos[i] = syntax.labels(CgroupInfo.labels(cgroups.get(i)));
        }
    }

    /** The path alone, as the value of another label. */
    byte[] path(int cgroup) {
        return paths[cgroup];
    }

    /** The label {@code cgroup}. */
    byte[] get(int cgroup) {
        return labels[cgroup];
    }

    /** All other labels of {@link CgroupInfo}. */
    byte[] info(int cgroup) {
        return infos[cgroup];
    }

    /** Remembers the labels of the last tree. Threads that meet a new tree at once may each encode it; nothing else is shared. */
    static final class Cache {
        private final LabelSyntax syntax;
        private volatile CgroupLabels last;

        Cache(LabelSyntax syntax) {
            this.syntax = syntax;
            this.last = new CgroupLabels(List.of(), syntax);
        }

        // Comparing the trees would cost more than encoding one.
        @SuppressWarnings("ReferenceEquality")
        CgroupLabels of(List<Cgroup> cgroups) {
            CgroupLabels labels = last;
            if (labels.cgroups != cgroups) {
                labels = new CgroupLabels(cgroups, syntax);
                last = labels;
            }
            return labels;
        }
    }
}
