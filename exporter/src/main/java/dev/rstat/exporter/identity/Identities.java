// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import dev.rstat.collectors.Cgroup;
import java.util.List;

/** What cgroups stand for, remembered. Thread-safe. */
public final class Identities {
    /** Of this host. */
    public static Identities ofHost() {
        return new Identities();
    }

    private Identities() {}

    public CgroupIdentity of(Cgroup cgroup) {
        return CgroupIdentity.NONE;
    }

    /** Of each cgroup of a tree; the same list as before if nothing has changed. */
    public List<CgroupIdentity> of(List<Cgroup> cgroups) {
        return cgroups.stream().map(this::of).toList();
    }
}
