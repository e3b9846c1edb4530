// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.identity.Identities;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiConsumer;

/** Joins what is known of a cgroup to its series. Encoded once for as long as the tree and the names in it stay as they are. */
final class CgroupInfo implements CgroupFamily {
    static final String NAME = "cgroup_info";
    static final String HELP = "1, with the cgroup's place in the tree, its systemd unit, its container and its pod.";

    private static final byte[] START = (NAME + "{").getBytes(UTF_8);

    private final CgroupLabels labels;
    private final List<Cgroup> cgroups;
    private final List<CgroupIdentity> identities;
    private final byte[][] ends;

    private CgroupInfo(List<Cgroup> cgroups, CgroupLabels labels, List<CgroupIdentity> identities, byte[][] ends) {
        this.labels = labels;
        this.cgroups = cgroups;
        this.identities = identities;
        this.ends = ends;
    }

    /** Of another tree, which shares the objects of those cgroups that are in both. */
    private CgroupInfo next(List<Cgroup> nextCgroups, CgroupLabels nextLabels, List<CgroupIdentity> nextIdentities) {
        IdentityHashMap<Cgroup, Integer> indices = new IdentityHashMap<>(cgroups.size());
        for (int i = 0; i < ends.length; i++) {
            indices.put(cgroups.get(i), i);
        }
        byte[][] nextEnds = new byte[nextCgroups.size()][];
        for (int i = 0; i < nextEnds.length; i++) {
            int index = indices.getOrDefault(nextCgroups.get(i), -1);
            boolean same = index >= 0 && identities.get(index).equals(nextIdentities.get(i));
            nextEnds[i] = same ? ends[index] : end(nextCgroups.get(i), nextIdentities.get(i));
        }
        return new CgroupInfo(nextCgroups, nextLabels, nextIdentities, nextEnds);
    }

    private static byte[] end(Cgroup cgroup, CgroupIdentity identity) {
        StringBuilder text = new StringBuilder();
        forEachLabel(
                cgroup,
                identity,
                (name, value) -> text.append(name)
                        .append("=\"")
                        .append(Escapes.labelValue(value))
                        .append("\","));
        return text.append("} 1.0\n").toString().getBytes(UTF_8);
    }

    /** All labels but {@code cgroup}: those that have a value, in their order. */
    static void forEachLabel(Cgroup cgroup, CgroupIdentity identity, BiConsumer<String, String> label) {
        label.accept("id", Long.toUnsignedString(cgroup.id()));
        accept(label, "parent", cgroup.parent() == null ? "" : cgroup.parent().path());
        label.accept("depth", Integer.toString(cgroup.depth()));
        accept(label, "unit", identity.unit());
        accept(label, "slice", identity.slice());
        accept(label, "runtime", identity.runtime());
        accept(label, "container_id", identity.containerId());
        accept(label, "container", identity.containerName());
        accept(label, "pod", identity.podName());
        accept(label, "namespace", identity.podNamespace());
        accept(label, "pod_uid", identity.podUid());
        accept(label, "qos_class", identity.qosClass());
    }

    /** To Prometheus a label that is empty is one that is not there. */
    private static void accept(BiConsumer<String, String> label, String name, String value) {
        if (!value.isEmpty()) {
            label.accept(name, value);
        }
    }

    @Override
    public byte[] header() {
        return CgroupFamily.header(NAME, "gauge", HELP);
    }

    @Override
    public void append(int cgroup, TextBuffer out) {
        out.append(START).append(labels.get(cgroup)).append(ends[cgroup]);
    }

    /** Remembers the last one. Threads that meet a new tree at once may each encode it; nothing else is shared. */
    static final class Cache {
        private final Identities identities;
        private volatile CgroupInfo last;

        Cache(Identities identities) {
            this.identities = identities;
            this.last = new CgroupInfo(List.of(), new CgroupLabels.Cache().of(List.of()), List.of(), new byte[0][]);
        }

        /**
         * @param labels of these cgroups
         */
        // Comparing what is in them would cost more than encoding it.
        @SuppressWarnings("ReferenceEquality")
        CgroupInfo of(List<Cgroup> cgroups, CgroupLabels labels) {
            List<CgroupIdentity> known = identities.of(cgroups);
            CgroupInfo info = last;
            if (info.labels != labels || info.identities != known) {
                info = info.next(cgroups, labels, known);
                last = info;
            }
            return info;
        }
    }
}
