// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CgroupIndex;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What each cgroup did between two snapshots.
 *
 * <pre>{@code
 * Frame frame = Frame.between(earlier, later);
 * Stat stat = frame.stat("cpu").orElseThrow();
 * double cores = frame.value(stat, frame.index().of(id));
 * }</pre>
 *
 * <p>Values are of subtrees. A cgroup is known again by its id: one that is made anew under the same path is another, and what is new
 * counts from 0. A counter that went back, as after {@code rstat unload} and {@code load} between, has no rate, and nothing has one for
 * the interval in which somebody set the clock.
 *
 * <p>Immutable; a stat's values are computed when somebody asks for them, once. It holds both snapshots, tens of megabytes with thousands
 * of cgroups: who wants a history keeps the {@link #values} that it is of. Thread-safe.
 */
public final class Frame {
    private final Instant time;
    private final Duration interval;
    private final List<Cgroup> cgroups;
    private final CgroupIndex index;
    private final int[] parents;
    private final Map<String, CollectorDelta> collectors = new HashMap<>();
    private final List<Derivation.Derived> derived;
    private final Map<String, Integer> byKey = new HashMap<>();
    private final List<Stat> stats;
    private final List<Histogram> histograms;
    private final List<Split> splits;
    private final Map<String, String> failures;
    private final boolean consistent;
    private final AtomicReferenceArray<double[]> values;

    private Frame(Snapshot earlier, Snapshot later) {
        time = later.time();
        interval = Duration.between(earlier.time(), later.time());
        cgroups = later.cgroups();
        index = later.index();
        failures = later.failures();
        parents = cgroups.stream()
                .map(Cgroup::parent)
                .mapToInt(parent -> parent == null ? -1 : index.of(parent.id()))
                .toArray();
        int[] before = before(earlier, later);
        Interval seconds = seconds();
        Derivation derivation = new Derivation(seconds);
        for (CollectorSnapshot collector : later.collectors()) {
            String name = collector.schema().name();
            CollectorSnapshot then = earlier.collectors().stream()
                    .filter(candidate -> candidate.schema().name().equals(name))
                    .findFirst()
                    .orElse(null);
            CollectorDelta delta = new CollectorDelta(then, collector, before);
            collectors.put(name, delta);
            derivation.add(delta);
        }
        if (later.cgroupfs() != null) {
            new CgroupfsDelta(earlier.cgroupfs(), later.cgroupfs(), before, seconds).addTo(derivation);
        }
        derived = derivation.derived();
        stats = derived.stream().map(Derivation.Derived::stat).toList();
        histograms = List.copyOf(derivation.histograms());
        splits = List.copyOf(derivation.splits());
        for (int i = 0; i < stats.size(); i++) {
            byKey.put(stats.get(i).key(), i);
        }
        consistent = collectors.values().stream().allMatch(CollectorDelta::consistent);
        values = new AtomicReferenceArray<>(stats.size());
    }

    /** What happened after one snapshot and until the other. */
    public static Frame between(Snapshot earlier, Snapshot later) {
        return new Frame(earlier, later);
    }

    private Interval seconds() {
        return new Interval(interval.toNanos() / 1e9);
    }

    /** Where each cgroup was in the earlier snapshot, or -1. */
    private static int[] before(Snapshot earlier, Snapshot later) {
        int[] before = new int[later.cgroups().size()];
        for (int i = 0; i < before.length; i++) {
            Cgroup cgroup = later.cgroups().get(i);
            int then = earlier.index().of(cgroup.id());
            // Only a kernel whose inode numbers are of 32 bits can use an id again.
            before[i] = then >= 0 && earlier.cgroups().get(then).path().equals(cgroup.path()) ? then : -1;
        }
        return before;
    }

    /** When it ended. */
    public Instant time() {
        return time;
    }

    public Duration interval() {
        return interval;
    }

    /** All that were there at the end, parents before children, sorted by path within a parent; the first is the root. */
    public List<Cgroup> cgroups() {
        return cgroups;
    }

    /** Finds a cgroup's index by its id. */
    public CgroupIndex index() {
        return index;
    }

    /** The index of a cgroup's parent; -1 for the root. */
    public int parent(int cgroup) {
        return parents[cgroup];
    }

    /** Those there are, what hurts first at the beginning; the first is the one to begin with. */
    public List<Stat> stats() {
        return stats;
    }

    public Optional<Stat> stat(String key) {
        return Optional.ofNullable(byKey.get(key)).map(stats::get);
    }

    /**
     * @param cgroup index in {@link #cgroups()}
     * @return NaN if absent: not counted, not known, or nothing to compute it of
     */
    public double value(Stat stat, int cgroup) {
        return values(stat)[cgroup];
    }

    /**
     * A stat's values, by index in {@link #cgroups()}; NaN where absent. Of a stat that this frame lacks, all are. For all who ask the same
     * array: read only.
     */
    public double[] values(Stat stat) {
        Integer column = byKey.get(stat.key());
        if (column == null) {
            double[] absent = new double[cgroups.size()];
            Arrays.fill(absent, Double.NaN);
            return absent;
        }
        double[] known = values.get(column);
        if (known == null) {
            known = new double[cgroups.size()];
            Arrays.setAll(known, derived.get(column).values());
            values.set(column, known);
        }
        return known;
    }

    public List<Histogram> histograms() {
        return histograms;
    }

    /**
     * How many observations fell in each bucket, each its own only.
     *
     * @param cgroup index in {@link #cgroups()}
     * @return as many as {@link Histogram#buckets()}; none at all if it is not known
     */
    public long[] observations(Histogram histogram, int cgroup) {
        CollectorDelta delta = collectors.get(histogram.collector());
        return delta == null ? new long[0] : delta.observations(cgroup, histogram.metric());
    }

    /** The counters that say who hurts whom. */
    public List<Split> splits() {
        return splits;
    }

    /** Who hurt a cgroup, its descendants included, the worst first. Together they are the {@link Stat} of that key. */
    public List<Pair> pairs(Split split, int victim) {
        CollectorDelta delta = collectors.get(split.collector());
        return delta == null ? List.of() : pairs(delta, split).of(victim);
    }

    /**
     * Who hurt whom on the whole host, the worst first. Each cgroup's part is without its descendants', which have theirs: all add up to
     * the root's. Looks at all cgroups.
     */
    public List<Pair> pairs(Split split) {
        CollectorDelta delta = collectors.get(split.collector());
        return delta == null ? List.of() : pairs(delta, split).own(cgroups.size(), this::parent);
    }

    private Pairs pairs(CollectorDelta delta, Split split) {
        return new Pairs(delta, split.metric(), index, seconds());
    }

    /** False if a collector could not be read at one moment: then a parent may be off by what arrived meanwhile. */
    public boolean consistent() {
        return consistent;
    }

    /** Of collectors that could not be read: collector to reason. */
    public Map<String, String> failures() {
        return failures;
    }
}
