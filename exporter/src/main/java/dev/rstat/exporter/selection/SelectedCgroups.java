// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import java.util.Locale;
import java.util.Map;

/** Those cgroups of one tree that have series of their own, and how many have none. */
public final class SelectedCgroups {
    /** Why a cgroup has no series of its own. If there are several reasons the first counts. */
    public enum Reason {
        /** {@code --cgroup.include} does not name it, or {@code --cgroup.exclude} does. */
        EXCLUDED,
        /** It is deeper than {@code --cgroup.max-depth}. */
        TOO_DEEP,
        /** There are more than {@code --cgroup.limit}. */
        OVER_LIMIT;

        /** Its name as the value of a label. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final int[] indices;
    private final Map<Reason, Integer> cut;

    /**
     * @param cut how many for each reason
     */
    SelectedCgroups(int[] indices, Map<Reason, Integer> cut) {
        this.indices = indices;
        this.cut = Map.copyOf(cut);
    }

    /** Where they are in the tree, ascending. For all who ask the same array: read only. */
    public int[] indices() {
        return indices;
    }

    public int size() {
        return indices.length;
    }

    /** How many cgroups were cut for that reason. */
    public int cut(Reason reason) {
        return cut.getOrDefault(reason, 0);
    }
}
