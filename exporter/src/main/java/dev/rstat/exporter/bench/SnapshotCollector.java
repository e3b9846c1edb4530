// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Metric;
import dev.rstat.collectors.Snapshot;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;

/** The families of a snapshot as simpleclient has them: of collectors that count and observe, which is what the benchmark loads. */
final class SnapshotCollector extends Collector {
    private static final List<String> CGROUP = List.of("cgroup");

    private final Snapshot snapshot;

    SnapshotCollector(Snapshot snapshot) {
        this.snapshot = snapshot;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples> families = new ArrayList<>();
        families.add(identities());
        for (CollectorSnapshot collector : snapshot.collectors()) {
            for (List<Metric> metrics : collector.schema().families()) {
                families.add(family(collector, metrics));
            }
        }
        return families;
    }

    private MetricFamilySamples identities() {
        List<String> names = List.of("cgroup", "id", "parent", "depth");
        List<MetricFamilySamples.Sample> samples = new ArrayList<>();
        for (Cgroup cgroup : snapshot.cgroups()) {
            String parent = cgroup.parent() == null ? "" : cgroup.parent().path();
            List<String> values = List.of(
                    cgroup.path(), Long.toUnsignedString(cgroup.id()), parent, Integer.toString(cgroup.depth()));
            samples.add(new MetricFamilySamples.Sample("cgroup_info", names, values, 1));
        }
        return new MetricFamilySamples("cgroup", Type.INFO, "Joins a cgroup's labels.", samples);
    }

    private MetricFamilySamples family(CollectorSnapshot collector, List<Metric> metrics) {
        List<MetricFamilySamples.Sample> samples = new ArrayList<>();
        for (int cgroup = 0; cgroup < snapshot.cgroups().size(); cgroup++) {
            if (collector.has(cgroup)) {
                String path = snapshot.cgroups().get(cgroup).path();
                for (Metric metric : metrics) {
                    switch (metric.type()) {
                        case COUNTER, GAUGE -> samples.add(single(collector, metric, cgroup, path));
                        case MAX ->
                            samples.add(sample(
                                    metric,
                                    "",
                                    path,
                                    collector.maximum(cgroup, metric.firstWord()),
                                    perBaseUnit(metric)));
                        case HISTOGRAM -> addHistogram(samples, collector, metric, cgroup, path);
                        case TOP -> throw new IllegalArgumentException(metric.name());
                    }
                }
            }
        }
        Metric first = metrics.getFirst();
        Type type = switch (first.type()) {
            case COUNTER, TOP -> Type.COUNTER;
            case GAUGE, MAX -> Type.GAUGE;
            case HISTOGRAM -> Type.HISTOGRAM;
        };
        return new MetricFamilySamples(first.name(), type, first.help(), samples);
    }

    private static MetricFamilySamples.Sample single(
            CollectorSnapshot collector, Metric metric, int cgroup, String path) {
        return sample(metric, "", path, collector.value(cgroup, metric.firstWord()), perBaseUnit(metric));
    }

    private static void addHistogram(
            List<MetricFamilySamples.Sample> samples,
            CollectorSnapshot collector,
            Metric metric,
            int cgroup,
            String path) {
        int sum = metric.firstWord();
        long count = 0;
        for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
            count += collector.value(cgroup, sum + 1 + bucket);
        }
        if (count == 0) {
            return;
        }
        long cumulative = 0;
        for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
            cumulative += collector.value(cgroup, sum + 1 + bucket);
            samples.add(new MetricFamilySamples.Sample(
                    metric.name() + "_bucket",
                    List.of("cgroup", "le"),
                    List.of(path, Collector.doubleToGoString(metric.upperBound(bucket))),
                    cumulative));
        }
        samples.add(sample(metric, "_count", path, count, 1));
        samples.add(sample(metric, "_sum", path, collector.value(cgroup, sum), perBaseUnit(metric)));
    }

    private static double perBaseUnit(Metric metric) {
        return metric.unit().perBaseUnit();
    }

    private static MetricFamilySamples.Sample sample(
            Metric metric, String suffix, String path, long word, double perBaseUnit) {
        if (metric.labels().isEmpty()) {
            return new MetricFamilySamples.Sample(metric.name() + suffix, CGROUP, List.of(path), word / perBaseUnit);
        }
        List<String> names = new ArrayList<>(CGROUP);
        List<String> values = new ArrayList<>(List.of(path));
        metric.labels().forEach(label -> {
            names.add(label.name());
            values.add(label.value());
        });
        return new MetricFamilySamples.Sample(metric.name() + suffix, names, values, word / perBaseUnit);
    }
}
