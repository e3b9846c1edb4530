// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Label;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.identity.Identities;
import java.util.List;

/**
 * The labels of each cgroup of a snapshot as bytes: every series of a cgroup starts with its path, so it is encoded once for all of them,
 * and once for as long as the tree and the names in it stay as they are.
 */
final class CgroupLabels {
    static final String CGROUP = "cgroup";

    private final List<Cgroup> cgroups;
    private final List<CgroupIdentity> identities;
    private final byte[][] paths;
    private final byte[][] labels;
    private final byte[][] infos;

    private CgroupLabels(List<Cgroup> cgroups, List<CgroupIdentity> identities, LabelSyntax syntax) {
        this.cgroups = cgroups;
        this.identities = identities;
        this.paths = new byte[cgroups.size()][];
        this.labels = new byte[cgroups.size()][];
        this.infos = new byte[cgroups.size()][];
        for (int i = 0; i < labels.length; i++) {
            String path = cgroups.get(i).path();
            paths[i] = syntax.value(path);
            labels[i] = syntax.labels(List.of(new Label(CGROUP, path)));
            infos[i] = syntax.labels(CgroupInfo.labels(cgroups.get(i), identities.get(i)));
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

    /** Remembers the last labels. Threads that meet a new tree at once may each encode it; nothing else is shared. */
    static final class Cache {
        private final Identities names;
        private final LabelSyntax syntax;
        private volatile CgroupLabels last;

        Cache(Identities names, LabelSyntax syntax) {
            this.names = names;
            this.syntax = syntax;
            this.last = new CgroupLabels(List.of(), List.of(), syntax);
        }

        // Comparing what is in them would cost more than encoding it.
        @SuppressWarnings("ReferenceEquality")
        CgroupLabels of(List<Cgroup> cgroups) {
            List<CgroupIdentity> identities = names.of(cgroups);
            CgroupLabels labels = last;
            if (labels.cgroups != cgroups || labels.identities != identities) {
                labels = new CgroupLabels(cgroups, identities, syntax);
                last = labels;
            }
            return labels;
        }
    }
}
