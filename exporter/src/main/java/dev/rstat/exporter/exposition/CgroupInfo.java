// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.identity.Identities;
import java.util.List;
import java.util.function.BiConsumer;

/** Joins what is known of a cgroup to its series. Encoded once for as long as the tree and the names in it stay as they are. */
final class CgroupInfo implements CgroupFamily {
    static final String NAME = "cgroup_info";
    static final String HELP = "1, with the cgroup's place in the tree, its systemd unit, its container and its pod.";

    private static final byte[] START = (NAME + "{").getBytes(UTF_8);

    private final CgroupLabels labels;
    private final List<CgroupIdentity> identities;
    private final byte[][] ends;

    private CgroupInfo(List<Cgroup> cgroups, CgroupLabels labels, List<CgroupIdentity> identities) {
        this.labels = labels;
        this.identities = identities;
        this.ends = new byte[cgroups.size()][];
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ends.length; i++) {
            text.setLength(0);
            forEachLabel(
                    cgroups.get(i),
                    identities.get(i),
                    (name, value) -> text.append(name)
                            .append("=\"")
                            .append(Escapes.labelValue(value))
                            .append("\","));
            ends[i] = text.append("} 1.0\n").toString().getBytes(UTF_8);
        }
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
            this.last = new CgroupInfo(List.of(), new CgroupLabels.Cache().of(List.of()), List.of());
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
                info = new CgroupInfo(cgroups, labels, known);
                last = info;
            }
            return info;
        }
    }
}
