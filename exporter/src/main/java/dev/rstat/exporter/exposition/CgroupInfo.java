// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Label;
import dev.rstat.exporter.identity.CgroupIdentity;
import java.util.List;
import java.util.stream.Stream;

/** Joins what is known of a cgroup to its series. */
final class CgroupInfo extends CgroupFamily {
    private final Points<?> points;

    CgroupInfo(Points<?> points) {
        this.points = points;
    }

    /** All labels but {@code cgroup}. To Prometheus a label that is empty is one that is not there. */
    static List<Label> labels(Cgroup cgroup, CgroupIdentity identity) {
        return Stream.of(
                        new Label("id", Long.toUnsignedString(cgroup.id())),
                        new Label(
                                "parent",
                                cgroup.parent() == null ? "" : cgroup.parent().path()),
                        new Label("depth", Integer.toString(cgroup.depth())),
                        new Label("unit", identity.unit()),
                        new Label("slice", identity.slice()),
                        new Label("runtime", identity.runtime()),
                        new Label("container_id", identity.containerId()),
                        new Label("container", identity.containerName()),
                        new Label("pod", identity.podName()),
                        new Label("namespace", identity.podNamespace()),
                        new Label("pod_uid", identity.podUid()),
                        new Label("qos_class", identity.qosClass()))
                .filter(label -> !label.value().isEmpty())
                .toList();
    }

    @Override
    String name() {
        return "cgroup_info";
    }

    @Override
    String help() {
        return "1, with the cgroup's place in the tree, its systemd unit, its container and its pod.";
    }

    @Override
    Type type() {
        return Type.INFO;
    }

    /** It counts nothing. */
    @Override
    long startNanos(int cgroup) {
        return 0;
    }

    @Override
    void tell(int cgroup) {
        points.info();
    }
}
