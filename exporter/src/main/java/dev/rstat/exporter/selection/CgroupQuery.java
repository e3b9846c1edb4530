// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import dev.rstat.collectors.Cgroup;
import java.util.Arrays;
import java.util.List;

/**
 * Cgroups that somebody asks for: those whose path one of the patterns matches, or all if there is none. Unlike
 * {@link CgroupSelection} it may leave out the root, as the rest is for others to ask.
 */
public final class CgroupQuery {
    /** More would take long in a tree of many cgroups, and say nothing that fewer cannot. */
    private static final int MAX_PATTERNS = 32;

    private final List<CgroupGlob> globs;

    /**
     * @throws IllegalArgumentException if a pattern could match no path, or there are too many
     */
    public CgroupQuery(List<String> patterns) {
        if (patterns.size() > MAX_PATTERNS) {
            throw new IllegalArgumentException("%d patterns; at most %d are matched at once, and * may do for several"
                    .formatted(patterns.size(), MAX_PATTERNS));
        }
        globs = patterns.stream().map(CgroupGlob::parse).toList();
    }

    /**
     * Those asked for among some cgroups of a tree.
     *
     * @param indices in the tree
     * @return some of the indices, in their order; the same array if all are asked for
     */
    public int[] among(int[] indices, List<Cgroup> cgroups) {
        if (globs.isEmpty()) {
            return indices;
        }
        return Arrays.stream(indices)
                .filter(index -> {
                    List<String> path = CgroupGlob.components(cgroups.get(index).path());
                    return globs.stream().anyMatch(glob -> glob.matches(path));
                })
                .toArray();
    }
}
