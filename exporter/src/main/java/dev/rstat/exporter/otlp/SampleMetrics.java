// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.Label;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** simpleclient's families, of the exporter itself: counters are sums, summaries without quantiles summaries, all else gauges. */
final class SampleMetrics {
    private SampleMetrics() {}

    /**
     * Writes them as metrics of a scope.
     *
     * @param start when the process began, and its counters; nanoseconds since the epoch
     * @return the number of points
     */
    static int write(List<MetricFamilySamples> families, long start, long time, ReverseProtobuf out) {
        int points = 0;
        for (MetricFamilySamples family : families) {
            points += new Family(family, start, time).write(0, false, null, out);
        }
        return points;
    }

    private static final class Family extends MetricFamily {
        private final MetricFamilySamples family;
        private final long start;
        private final long time;

        Family(MetricFamilySamples family, long start, long time) {
            super(name(family), unit(family), kind(family));
            this.family = family;
            this.start = start;
            this.time = time;
        }

        /** simpleclient takes the suffix off counters' families and leaves it on their samples. */
        private static String name(MetricFamilySamples family) {
            return switch (family.type) {
                case COUNTER -> family.name + "_total";
                case INFO -> family.name + "_info";
                default -> family.name;
            };
        }

        private static String unit(MetricFamilySamples family) {
            return family.name.endsWith("_seconds") ? "s" : family.name.endsWith("_bytes") ? "By" : "";
        }

        private static Kind kind(MetricFamilySamples family) {
            return switch (family.type) {
                case COUNTER -> Kind.SUM;
                case SUMMARY -> Kind.SUMMARY;
                case GAUGE, INFO, UNKNOWN, STATE_SET, HISTOGRAM, GAUGE_HISTOGRAM -> Kind.GAUGE;
            };
        }

        @Override
        int writePoints(int cgroup, @Nullable Baseline since, ReverseProtobuf out) {
            int points = 0;
            for (Sample sample : family.samples) {
                if (family.type == io.prometheus.client.Collector.Type.SUMMARY) {
                    points += writeSummary(sample, out);
                } else if (!sample.name.endsWith("_created")) {
                    int end = out.length();
                    out.raw(attributes(sample));
                    out.number(4, sample.value);
                    out.fixed64(3, time);
                    finish(out, end, family.type == io.prometheus.client.Collector.Type.COUNTER ? start : 0);
                    points++;
                }
            }
            return points;
        }

        /** A point for each count, with the sum of the same labels. */
        private int writeSummary(Sample count, ReverseProtobuf out) {
            if (!count.name.equals(family.name + "_count")) {
                return 0;
            }
            int end = out.length();
            out.raw(attributes(count));
            for (Sample sum : family.samples) {
                if (sum.name.equals(family.name + "_sum") && sum.labelValues.equals(count.labelValues)) {
                    out.number(5, sum.value);
                }
            }
            out.fixed64(4, (long) count.value);
            out.fixed64(3, time);
            finish(out, end, start);
            return 1;
        }

        private static byte[] attributes(Sample sample) {
            List<Label> labels = new ArrayList<>();
            for (int i = 0; i < sample.labelNames.size(); i++) {
                labels.add(new Label(sample.labelNames.get(i), sample.labelValues.get(i)));
            }
            return Attributes.encode(Attributes.OF_NUMBER, labels);
        }
    }
}
