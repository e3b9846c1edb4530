// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.selection.SelectedCgroups.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Chooses the cgroups that have series of their own. Totals are of whole subtrees, so what is cut stays in the totals of the nearest
 * ancestor that is left. There always is one: the root is never cut. Thread-safe.
 *
 * <p>In this order: a cgroup is <em>excluded</em> if there are patterns to include and none matches its path, or if a pattern to exclude
 * matches its path or an ancestor's; <em>too deep</em> if more than so many cgroups are above it; <em>over the limit</em> if that many
 * others are left that are nearer to the root or, at its depth, older. That order keeps every cgroup's series as long as it can: what
 * comes later has a larger id, and so takes nobody's place at its own depth. It also means that the limit never cuts a parent and
 * leaves its child. Patterns to include may: who asks for {@code /kubepods.slice/*}{@code /*} means these and not what is above.
 */
public final class CgroupSelection {
    /** No bound on depth or number. */
    public static final int UNBOUNDED = Integer.MAX_VALUE;

    private final List<CgroupGlob> include;
    private final List<CgroupGlob> exclude;
    private final int maxDepth;
    private final int limit;
    private volatile Answer last = new Answer(List.of(), new SelectedCgroups(new int[0], Map.of()));

    private record Answer(List<Cgroup> cgroups, SelectedCgroups selected) {}

    /**
     * @param include patterns of paths; without any, all
     * @param exclude patterns of paths
     * @param maxDepth how many cgroups may be above, at least 0
     * @param limit at least 1, which is the root
     * @throws IllegalArgumentException if a pattern could match no path, or a number is too small
     */
    public CgroupSelection(List<String> include, List<String> exclude, int maxDepth, int limit) {
        if (maxDepth < 0) {
            throw new IllegalArgumentException("the largest depth is at least 0, not " + maxDepth);
        }
        if (limit < 1) {
            throw new IllegalArgumentException("the limit is at least 1, not " + limit);
        }
        this.include = include.stream().map(CgroupGlob::parse).toList();
        this.exclude = exclude.stream()
                .map(CgroupGlob::parse)
                .map(CgroupGlob::withDescendants)
                .toList();
        this.maxDepth = maxDepth;
        this.limit = limit;
    }

    /** Cuts nothing. */
    public static CgroupSelection all() {
        return new CgroupSelection(List.of(), List.of(), UNBOUNDED, UNBOUNDED);
    }

    /**
     * Chooses among the cgroups of a tree. The answer to the last list is remembered.
     *
     * @param cgroups parents before children
     */
    // Comparing the trees would cost more than choosing.
    @SuppressWarnings("ReferenceEquality")
    public SelectedCgroups select(List<Cgroup> cgroups) {
        Answer answer = last;
        if (answer.cgroups != cgroups) {
            answer = new Answer(cgroups, choose(cgroups));
            last = answer;
        }
        return answer.selected;
    }

    private SelectedCgroups choose(List<Cgroup> cgroups) {
        int[] chosen = new int[cgroups.size()];
        int count = 0;
        int excluded = 0;
        int tooDeep = 0;
        int overLimit = 0;
        for (int i = 0; i < chosen.length; i++) {
            Cgroup cgroup = cgroups.get(i);
            if (isExcluded(cgroup)) {
                excluded++;
            } else if (cgroup.depth() > maxDepth) {
                tooDeep++;
            } else {
                chosen[count++] = i;
            }
        }
        if (count > limit) {
            overLimit = count - limit;
            count = nearest(cgroups, chosen, count);
        }
        return new SelectedCgroups(
                Arrays.copyOf(chosen, count),
                Map.of(Reason.EXCLUDED, excluded, Reason.TOO_DEEP, tooDeep, Reason.OVER_LIMIT, overLimit));
    }

    private boolean isExcluded(Cgroup cgroup) {
        if (cgroup.depth() == 0 || (include.isEmpty() && exclude.isEmpty())) {
            return false;
        }
        List<String> path = CgroupGlob.components(cgroup.path());
        return (!include.isEmpty() && !matches(include, path)) || matches(exclude, path);
    }

    private static boolean matches(List<CgroupGlob> globs, List<String> path) {
        for (CgroupGlob glob : globs) {
            if (glob.matches(path)) {
                return true;
            }
        }
        return false;
    }

    /** Moves what is within the limit to the front, in its order: all of small depth, and the oldest of the depth that fits in part. */
    private int nearest(List<Cgroup> cgroups, int[] chosen, int count) {
        int[] atDepth = new int[16];
        for (int i = 0; i < count; i++) {
            int depth = cgroups.get(chosen[i]).depth();
            if (depth >= atDepth.length) {
                atDepth = Arrays.copyOf(atDepth, 2 * depth);
            }
            atDepth[depth]++;
        }
        int room = limit;
        int deepest = 0;
        while (atDepth[deepest] <= room) {
            room -= atDepth[deepest++];
        }
        long youngest = youngest(cgroups, chosen, count, deepest, room);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            Cgroup cgroup = cgroups.get(chosen[i]);
            if (cgroup.depth() < deepest || (cgroup.depth() == deepest && cgroup.id() <= youngest)) {
                chosen[kept++] = chosen[i];
            }
        }
        return kept;
    }

    /** The largest id of so many of the oldest cgroups at a depth. */
    private static long youngest(List<Cgroup> cgroups, int[] chosen, int count, int depth, int room) {
        if (room == 0) {
            return Long.MIN_VALUE;
        }
        long[] ids = new long[count];
        int found = 0;
        for (int i = 0; i < count; i++) {
            Cgroup cgroup = cgroups.get(chosen[i]);
            if (cgroup.depth() == depth) {
                ids[found++] = cgroup.id();
            }
        }
        Arrays.sort(ids, 0, found);
        return ids[room - 1];
    }
}
