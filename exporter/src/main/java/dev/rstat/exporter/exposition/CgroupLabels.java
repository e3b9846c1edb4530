// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Label;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.identity.Identities;
import java.util.IdentityHashMap;
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

    private CgroupLabels(List<Cgroup> cgroups, List<CgroupIdentity> identities) {
        this.cgroups = cgroups;
        this.identities = identities;
        this.paths = new byte[cgroups.size()][];
        this.labels = new byte[cgroups.size()][];
        this.infos = new byte[cgroups.size()][];
    }

    /** Of another tree, which shares the objects of those cgroups that are in both: in a large tree few are new. */
    private CgroupLabels next(List<Cgroup> nextCgroups, List<CgroupIdentity> nextIdentities, LabelSyntax syntax) {
        IdentityHashMap<Cgroup, Integer> indices = new IdentityHashMap<>(cgroups.size());
        for (int i = 0; i < labels.length; i++) {
            indices.put(cgroups.get(i), i);
        }
        CgroupLabels next = new CgroupLabels(nextCgroups, nextIdentities);
        for (int i = 0; i < next.labels.length; i++) {
            Cgroup cgroup = nextCgroups.get(i);
            CgroupIdentity identity = nextIdentities.get(i);
            int before = indices.getOrDefault(cgroup, -1);
            if (before >= 0) {
                next.paths[i] = paths[before];
                next.labels[i] = labels[before];
            } else {
                next.paths[i] = syntax.value(cgroup.path());
                next.labels[i] = syntax.labels(List.of(new Label(CGROUP, cgroup.path())));
            }
            next.infos[i] = before >= 0 && identities.get(before).equals(identity)
                    ? infos[before]
                    : syntax.labels(CgroupInfo.labels(cgroup, identity));
        }
        return next;
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
            this.last = new CgroupLabels(List.of(), List.of());
        }

        // Comparing what is in them would cost more than encoding it.
        @SuppressWarnings("ReferenceEquality")
        CgroupLabels of(List<Cgroup> cgroups) {
            List<CgroupIdentity> identities = names.of(cgroups);
            CgroupLabels labels = last;
            if (labels.cgroups != cgroups || labels.identities != identities) {
                labels = labels.next(cgroups, identities, syntax);
                last = labels;
            }
            return labels;
        }
    }
}
