// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Label;
import java.util.List;

/** Joins what is known of a cgroup to its series. */
record CgroupInfo(Points<?> points) implements CgroupFamily {
    static List<Label> labels(Cgroup cgroup) {
        return List.of(
                new Label("id", Long.toUnsignedString(cgroup.id())),
                new Label(
                        "parent", cgroup.parent() == null ? "" : cgroup.parent().path()),
                new Label("depth", Integer.toString(cgroup.depth())));
    }

    @Override
    public String name() {
        return "cgroup_info";
    }

    @Override
    public String help() {
        return "The cgroup's id, its parent's path and its distance from the root.";
    }

    @Override
    public Type type() {
        return Type.INFO;
    }

    @Override
    public long startNanos(int cgroup) {
        return 0;
    }

    @Override
    public void tell(int cgroup) {
        points.info();
    }
}
