// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import dev.rstat.RstatException;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Metric;
import dev.rstat.collectors.Snapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the runqueue collector counted for a cgroup's subtree: since it was loaded, or the difference of two such. */
final class RunqueueDelta {
    static final String COLLECTOR = "runqueue";

    private final long switches;
    private final long preemptions;
    private final long waitNanoseconds;
    private final long[] buckets;
    private final Metric metric;

    /**
     * @param waitNanoseconds sum of all waits for a CPU
     * @param buckets waits by their length, see {@link Metric#upperBound}; each its own only
     * @param metric the histogram of waits
     */
    RunqueueDelta(long switches, long preemptions, long waitNanoseconds, long[] buckets, Metric metric) {
        this.switches = switches;
        this.preemptions = preemptions;
        this.waitNanoseconds = waitNanoseconds;
        this.buckets = buckets.clone();
        this.metric = metric;
    }

    /** The totals of every cgroup that has some, by its id. */
    static Map<Long, RunqueueDelta> totals(Snapshot snapshot) {
        CollectorSnapshot collector = snapshot.collectors().stream()
                .filter(candidate -> candidate.schema().name().equals(COLLECTOR))
                .findFirst()
                .orElseThrow(() -> new RstatException(missing(snapshot)));
        Metric switches = field(collector, "switches");
        Metric preemptions = field(collector, "preemptions");
        Metric wait = field(collector, "wait");
        Map<Long, RunqueueDelta> totals = new HashMap<>();
        for (int cgroup = 0; cgroup < snapshot.cgroups().size(); cgroup++) {
            if (collector.has(cgroup)) {
                long[] buckets = new long[Metric.BUCKETS];
                for (int bucket = 0; bucket < buckets.length; bucket++) {
                    buckets[bucket] = collector.value(cgroup, wait.firstWord() + 1 + bucket);
                }
                totals.put(
                        snapshot.cgroups().get(cgroup).id(),
                        new RunqueueDelta(
                                collector.value(cgroup, switches.firstWord()),
                                collector.value(cgroup, preemptions.firstWord()),
                                collector.value(cgroup, wait.firstWord()),
                                buckets,
                                wait));
            }
        }
        return totals;
    }

    RunqueueDelta minus(RunqueueDelta earlier) {
        long[] difference = new long[buckets.length];
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            difference[bucket] = buckets[bucket] - earlier.buckets[bucket];
        }
        return new RunqueueDelta(
                switches - earlier.switches,
                preemptions - earlier.preemptions,
                waitNanoseconds - earlier.waitNanoseconds,
                difference,
                metric);
    }

    /** Switches to a task. */
    long switches() {
        return switches;
    }

    /** Switches away from a task that could have gone on running. */
    long preemptions() {
        return preemptions;
    }

    long waits() {
        long waits = 0;
        for (long bucket : buckets) {
            waits += bucket;
        }
        return waits;
    }

    /** In seconds; empty when nothing waited. */
    Optional<Double> meanWait() {
        long waits = waits();
        return waits == 0
                ? Optional.empty()
                : Optional.of(waitNanoseconds / metric.unit().perBaseUnit() / waits);
    }

    /**
     * The wait, in seconds, that this share of waits does not exceed, as PromQL's histogram_quantile() has it: linear within a bucket,
     * and the last finite bound for what is above it. Empty when nothing waited.
     */
    Optional<Double> waitQuantile(double quantile) {
        double rank = quantile * waits();
        double below = 0;
        for (int bucket = 0; bucket < buckets.length - 1; bucket++) {
            if (buckets[bucket] > 0 && below + buckets[bucket] >= rank) {
                double lower = bucket == 0 ? 0 : metric.upperBound(bucket - 1);
                double share = (rank - below) / buckets[bucket];
                return Optional.of(lower + (metric.upperBound(bucket) - lower) * share);
            }
            below += buckets[bucket];
        }
        return waits() == 0 ? Optional.empty() : Optional.of(metric.upperBound(buckets.length - 2));
    }

    private static Metric field(CollectorSnapshot collector, String field) {
        return collector.schema().metrics().stream()
                .filter(metric -> metric.field().equals(field))
                .findFirst()
                .orElseThrow(() -> new RstatException(
                        "the loaded collector %s has no field %s; load this version's: sudo rstat load"
                                .formatted(COLLECTOR, field)));
    }

    private static String missing(Snapshot snapshot) {
        String reason = snapshot.failures().get(COLLECTOR);
        return reason == null
                ? "the demo shows the collector %s, which is not loaded; load it: sudo rstat load".formatted(COLLECTOR)
                : "the collector %s cannot be read: %s".formatted(COLLECTOR, reason);
    }
}
