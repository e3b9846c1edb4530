// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.CgroupIndex;
import dev.rstat.collectors.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** Who hurt whom in an interval, of one split counter. */
final class Pairs {
    private static final Comparator<Pair> LARGEST_FIRST =
            Comparator.comparingDouble(Pair::value).reversed();

    private final CollectorDelta delta;
    private final Metric split;
    private final CgroupIndex index;
    private final Interval interval;

    Pairs(CollectorDelta delta, Metric split, CgroupIndex index, Interval interval) {
        this.delta = delta;
        this.split = split;
        this.index = index;
        this.interval = interval;
    }

    /** By whom a cgroup and all below it were hurt, the worst first. */
    List<Pair> of(int victim) {
        return pairs(victim, growth(victim));
    }

    /**
     * The same of all cgroups, each without those below it: what a cgroup hands up is taken off its parent's part of the same aggressor,
     * or off the parent's rest if the aggressor found no place there.
     */
    List<Pair> own(int cgroups, IntUnaryOperator parent) {
        List<Map<Integer, Long>> growths = new ArrayList<>(cgroups);
        for (int cgroup = 0; cgroup < cgroups; cgroup++) {
            growths.add(growth(cgroup));
        }
        // Children come after their parents, which by now have what is of their whole subtree.
        for (int cgroup = 1; cgroup < cgroups; cgroup++) {
            Map<Integer, Long> above = growths.get(parent.applyAsInt(cgroup));
            growth(cgroup).forEach((aggressor, value) -> takeOff(above, aggressor, value));
        }
        List<Pair> pairs = new ArrayList<>();
        for (int cgroup = 0; cgroup < cgroups; cgroup++) {
            pairs.addAll(pairs(cgroup, growths.get(cgroup)));
        }
        pairs.sort(LARGEST_FIRST);
        return pairs;
    }

    private static void takeOff(Map<Integer, Long> above, int aggressor, long value) {
        long left = Math.max(0, above.getOrDefault(aggressor, 0L));
        long taken = Math.min(left, value);
        if (taken > 0) {
            above.put(aggressor, left - taken);
        }
        if (taken < value) {
            above.merge(Pair.OTHER, taken - value, Long::sum);
        }
    }

    /** By aggressor. */
    private Map<Integer, Long> growth(int victim) {
        Map<Integer, Long> growth = new HashMap<>();
        long rest = delta.whole(victim, split);
        if (rest == CollectorDelta.UNKNOWN || rest == 0) {
            return growth;
        }
        for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
            long id = delta.other(victim, split, entry);
            long part = id == 0 ? 0 : delta.part(victim, split, entry);
            if (part > 0) {
                growth.merge(Math.max(index.of(id), Pair.REMOVED), part, Long::sum);
                rest -= part;
            }
        }
        if (rest > 0) {
            growth.put(Pair.OTHER, rest);
        }
        return growth;
    }

    private List<Pair> pairs(int victim, Map<Integer, Long> growth) {
        List<Pair> pairs = new ArrayList<>();
        growth.forEach((aggressor, value) -> {
            double rate = interval.rate(value, split.unit().perBaseUnit());
            if (rate > 0) {
                pairs.add(new Pair(victim, aggressor, rate));
            }
        });
        pairs.sort(LARGEST_FIRST);
        return pairs;
    }
}
