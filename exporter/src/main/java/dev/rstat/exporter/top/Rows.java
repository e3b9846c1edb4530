// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Predicate;

/** A frame's hierarchy as lines: each cgroup above those below it, those with the largest values first. */
final class Rows {
    private static final int[] NONE = {};

    private final int[] cgroups;
    private final boolean[] parents;
    private final boolean[] matches;
    private final int matching;

    private Rows(int[] cgroups, boolean[] parents, boolean[] matches, int matching) {
        this.cgroups = cgroups;
        this.parents = parents;
        this.matches = matches;
        this.matching = matching;
    }

    static Rows none() {
        return new Rows(NONE, new boolean[0], new boolean[0], 0);
    }

    /**
     * @param sort by which siblings are sorted
     * @param filter only these, and whatever is above them
     * @param isOpen whether those below a cgroup are shown; with a filter they are
     * @throws IllegalArgumentException if the filter is a pattern that can match nothing
     */
    static Rows of(Frame frame, Stat sort, Filter filter, Predicate<Cgroup> isOpen) {
        int count = frame.cgroups().size();
        boolean[] matches = filter.matches(frame.cgroups());
        boolean[] kept = matches.clone();
        boolean[] parents = new boolean[count];
        int matching = 0;
        for (int i = count - 1; i >= 0; i--) {
            matching += matches[i] ? 1 : 0;
            if (kept[i] && i > 0) {
                kept[frame.parent(i)] = true;
                parents[frame.parent(i)] = true;
            }
        }
        int[] rows = new int[count];
        int filled = 0;
        Children children = new Children(frame, frame.values(sort), kept);
        int[] waiting = new int[count];
        int left = 0;
        if (count > 0 && kept[0]) {
            waiting[left++] = 0;
        }
        while (left > 0) {
            int cgroup = waiting[--left];
            rows[filled++] = cgroup;
            if (parents[cgroup]
                    && (!filter.isEmpty() || isOpen.test(frame.cgroups().get(cgroup)))) {
                Integer[] below = children.of(cgroup);
                for (int i = below.length - 1; i >= 0; i--) {
                    waiting[left++] = below[i];
                }
            }
        }
        return new Rows(Arrays.copyOf(rows, filled), parents, matches, matching);
    }

    /** Children of each cgroup, one after the other in an array. */
    private static final class Children {
        private final Comparator<Integer> largestFirst;
        private final int[] first;
        private final int[] children;

        Children(Frame frame, double[] values, boolean[] kept) {
            // A value that is absent is less than any; the sort is stable, so that equal ones are by name.
            largestFirst = Comparator.comparingDouble(
                    cgroup -> Double.isNaN(values[cgroup]) ? Double.POSITIVE_INFINITY : -values[cgroup]);
            first = new int[kept.length + 1];
            for (int i = 1; i < kept.length; i++) {
                first[frame.parent(i) + 1] += kept[i] ? 1 : 0;
            }
            for (int i = 0; i < kept.length; i++) {
                first[i + 1] += first[i];
            }
            children = new int[first[kept.length]];
            int[] next = first.clone();
            for (int i = 1; i < kept.length; i++) {
                if (kept[i]) {
                    children[next[frame.parent(i)]++] = i;
                }
            }
        }

        Integer[] of(int cgroup) {
            Integer[] sorted = Arrays.stream(children, first[cgroup], first[cgroup + 1])
                    .boxed()
                    .toArray(Integer[]::new);
            Arrays.sort(sorted, largestFirst);
            return sorted;
        }
    }

    int size() {
        return cgroups.length;
    }

    /** The index in {@link Frame#cgroups()} of a row's cgroup. */
    int cgroup(int row) {
        return cgroups[row];
    }

    /** The row of a cgroup, or -1. */
    int of(int cgroup) {
        for (int row = 0; row < cgroups.length; row++) {
            if (cgroups[row] == cgroup) {
                return row;
            }
        }
        return -1;
    }

    /** Whether there is something to show below a cgroup. */
    boolean isParent(int cgroup) {
        return parents[cgroup];
    }

    /** False for one that is there for what is below it. */
    boolean isMatch(int cgroup) {
        return matches[cgroup];
    }

    /** How many cgroups the filter matches. */
    int matching() {
        return matching;
    }
}
