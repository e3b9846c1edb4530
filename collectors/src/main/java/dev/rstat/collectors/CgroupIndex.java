// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.Arrays;
import java.util.List;

/** Finds a cgroup of a tree by its id, without an object per look-up. */
public final class CgroupIndex {
    private final long[] ids;
    private final int[] cgroups;

    CgroupIndex(List<Cgroup> tree) {
        ids = tree.stream().mapToLong(Cgroup::id).sorted().toArray();
        cgroups = new int[ids.length];
        for (int i = 0; i < cgroups.length; i++) {
            cgroups[Arrays.binarySearch(ids, tree.get(i).id())] = i;
        }
    }

    /** Its index in the tree, or -1. */
    public int of(long id) {
        int at = Arrays.binarySearch(ids, id);
        return at < 0 ? -1 : cgroups[at];
    }
}
