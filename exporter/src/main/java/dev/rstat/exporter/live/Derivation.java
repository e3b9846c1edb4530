// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;

/** Which {@link Stat}s there are, and how each is computed of a cgroup by its index. */
final class Derivation {
    /** What hurts first comes first. */
    private static final List<String> ORDER = List.of(
            "runqueue_latency",
            "runqueue_latency.p99",
            "cpu",
            "runqueue_throttled",
            "memory",
            "io_bytes",
            "pressure.cpu",
            "pressure.memory",
            "pressure.io");

    /** A stat and its values. */
    record Derived(Stat stat, IntToDoubleFunction values) {}

    private final Interval interval;
    private final List<Derived> derived = new ArrayList<>();
    private final List<Histogram> histograms = new ArrayList<>();
    private final List<Split> splits = new ArrayList<>();
    private final Set<String> keys = new HashSet<>();

    Derivation(Interval interval) {
        this.interval = interval;
    }

    /** In the order to show them: some that are looked at first, then as they were added. */
    List<Derived> derived() {
        List<Derived> sorted = new ArrayList<>(derived);
        sorted.sort(Comparator.comparingInt(each -> rank(each.stat().key())));
        return sorted;
    }

    private static int rank(String key) {
        int rank = ORDER.indexOf(key);
        return rank < 0 ? ORDER.size() : rank;
    }

    List<Histogram> histograms() {
        return histograms;
    }

    List<Split> splits() {
        return splits;
    }

    void add(Stat stat, IntToDoubleFunction values) {
        keys.add(stat.key());
        derived.add(new Derived(stat, values));
    }

    /** Every field of a collector's struct. */
    void add(CollectorDelta delta) {
        for (Metric metric : delta.schema().metrics()) {
            String key = key(metric);
            switch (metric.type()) {
                case COUNTER ->
                    add(
                            stat(delta, metric, key, rateUnit(metric)),
                            cgroup -> rate(delta.growth(cgroup, metric.firstWord()), metric));
                case GAUGE, MAX ->
                    add(stat(delta, metric, key, levelUnit(metric)), cgroup -> delta.level(cgroup, metric));
                case HISTOGRAM -> addHistogram(delta, metric, key);
                case TOP -> {
                    Stat whole = stat(delta, metric, key, rateUnit(metric));
                    add(whole, cgroup -> rate(delta.whole(cgroup, metric), metric));
                    splits.add(new Split(key, whole.title(), whole.unit(), metric.help(), whole.collector(), metric));
                }
            }
        }
    }

    private void addHistogram(CollectorDelta delta, Metric metric, String key) {
        Stat sum = stat(delta, metric, key, rateUnit(metric));
        add(sum, cgroup -> rate(delta.growth(cgroup, metric.firstWord()), metric));
        add(
                stat(delta, metric, key + ".count", Unit.PER_SECOND),
                cgroup -> interval.rate(delta.count(cgroup, metric), 1));
        add(stat(delta, metric, key + ".p50", levelUnit(metric)), cgroup -> quantile(delta, cgroup, metric, 0.5));
        add(stat(delta, metric, key + ".p99", levelUnit(metric)), cgroup -> quantile(delta, cgroup, metric, 0.99));
        histograms.add(new Histogram(key, sum.title(), levelUnit(metric), metric.help(), sum.collector(), metric));
    }

    private static double quantile(CollectorDelta delta, int cgroup, Metric metric, double quantile) {
        return Histogram.quantile(metric, delta.observations(cgroup, metric), quantile);
    }

    private double rate(long growth, Metric metric) {
        return interval.rate(growth, metric.unit().perBaseUnit());
    }

    private static Stat stat(CollectorDelta delta, Metric metric, String key, Unit unit) {
        return new Stat(
                key,
                key.replace('_', ' ').replace('.', ' '),
                unit,
                metric.help(),
                delta.schema().name());
    }

    private String key(Metric metric) {
        StringBuilder labels = new StringBuilder();
        for (Label label : metric.labels()) {
            labels.append('.').append(label.value());
        }
        String name = metric.name()
                .replaceFirst("^cgroup_", "")
                .replaceFirst("_total$", "")
                .replaceFirst("_seconds$", "");
        return keys.contains(name + labels) ? metric.name() + labels : name + labels;
    }

    private static Unit rateUnit(Metric metric) {
        return switch (metric.unit()) {
            case NANOSECONDS -> Unit.SECONDS_PER_SECOND;
            case BYTES -> Unit.BYTES_PER_SECOND;
            case NONE -> Unit.PER_SECOND;
        };
    }

    private static Unit levelUnit(Metric metric) {
        return switch (metric.unit()) {
            case NANOSECONDS -> Unit.SECONDS;
            case BYTES -> Unit.BYTES;
            case NONE -> Unit.NUMBER;
        };
    }
}
