// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import dev.rstat.exporter.identity.Identities;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Makes simpleclient's samples of points. */
final class SamplePoints extends Points<SamplePoints.Labels> {
    private final List<Cgroup> cgroups;
    private final Identities names;
    private final ClassicBuckets classicBuckets;
    private List<Sample> samples = new ArrayList<>();
    private String name = "";

    /** Set before a family is told. */
    @SuppressWarnings("NullAway.Init")
    private Cgroup cgroup;

    /**
     * @param labels those after the cgroup's
     * @param key the name of one more, whose value comes with a point; empty if there is none
     */
    record Labels(List<Label> labels, String key) {}

    SamplePoints(List<Cgroup> cgroups, Identities names, ClassicBuckets classicBuckets) {
        this.cgroups = cgroups;
        this.names = names;
        this.classicBuckets = classicBuckets;
    }

    /** A family's samples of these cgroups. */
    MetricFamilySamples collect(CgroupFamily family, IntStream of) {
        samples = new ArrayList<>();
        name = family.name();
        of.forEach(index -> {
            cgroup = cgroups.get(index);
            family.tell(index);
        });
        return new MetricFamilySamples(family.baseName(), family.unit(), type(family), family.help(), samples);
    }

    private static Collector.Type type(CgroupFamily family) {
        return switch (family.type()) {
            case COUNTER -> Collector.Type.COUNTER;
            case GAUGE -> Collector.Type.GAUGE;
            case HISTOGRAM -> Collector.Type.HISTOGRAM;
            case INFO -> Collector.Type.INFO;
        };
    }

    @Override
    Labels labels(List<Label> labels) {
        return labels(labels, "");
    }

    @Override
    Labels labels(List<Label> labels, String key) {
        return new Labels(labels, key);
    }

    @Override
    Labels labels(List<Label> labels, Metric histogram) {
        return labels(labels);
    }

    @Override
    void cgroup(int next) {
        cgroup = cgroups.get(next);
    }

    @Override
    void info() {
        add("", CgroupInfo.labels(cgroup, names.of(cgroup)), 1);
    }

    @Override
    void number(Labels labels, long word, int scale) {
        add("", labels.labels, Words.toDouble(word, scale));
    }

    @Override
    void signed(Labels labels, long value, int scale) {
        add("", labels.labels, Words.toSignedDouble(value, scale));
    }

    @Override
    void keyed(Labels labels, int key, long word, int scale) {
        add("", with(labels, labels.key, cgroups.get(key).path()), Words.toDouble(word, scale));
    }

    @Override
    void histogram(Labels labels, Metric metric, long[] buckets, long count, long sum, int scale) {
        long cumulative = 0;
        int next = 0;
        for (int shown : classicBuckets.of(metric)) {
            while (next <= shown) {
                cumulative += buckets[next++];
            }
            String bound = Collector.doubleToGoString(metric.upperBound(shown));
            add("_bucket", with(labels, "le", bound), Words.toDouble(cumulative, 0));
        }
        add("_count", labels.labels, Words.toDouble(count, 0));
        add("_sum", labels.labels, Words.toDouble(sum, scale));
    }

    private static List<Label> with(Labels labels, String name, String value) {
        List<Label> all = new ArrayList<>(labels.labels);
        all.add(new Label(name, value));
        return all;
    }

    private void add(String suffix, List<Label> labels, double value) {
        List<String> names = new ArrayList<>(List.of(CgroupLabels.CGROUP));
        List<String> values = new ArrayList<>(List.of(cgroup.path()));
        for (Label label : labels) {
            names.add(label.name());
            values.add(label.value());
        }
        samples.add(new Sample(name + suffix, names, values, value));
    }
}
