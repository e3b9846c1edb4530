// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.prometheus.client.Info;
import io.prometheus.client.Summary;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SampleMessagesTest {
    private final CollectorRegistry registry = new CollectorRegistry();

    @Test
    void everyTypeOfTheLibraryArrives() throws IOException {
        Counter counter =
                Counter.build("things_total", "Counted.").labelNames("kind").register(registry);
        counter.labels("a").inc(3);
        counter.labels("b\"").inc(4);
        Gauge.build("level", "Gauged.").register(registry).set(-2.5);
        Info.build("build", "Known.").register(registry).info("version", "7");
        Summary summary =
                Summary.build("took_seconds", "Summed.").quantile(0.5, 0.01).register(registry);
        summary.observe(2);
        Histogram histogram = Histogram.build("size", "Observed.")
                .buckets(1, 10)
                .labelNames("of")
                .register(registry);
        histogram.labels("x").observe(5);
        Counter.build("never_total", "No labels seen.").labelNames("kind").register(registry);

        Map<String, String> families = new TreeMap<>();
        for (Metrics.MetricFamily family :
                ProtobufExpositionTest.read(SampleMessages.encode(Collections.list(registry.metricFamilySamples())))) {
            StringBuilder text = new StringBuilder(family.getType() + ":");
            for (Metrics.Metric metric : family.getMetricList()) {
                metric.getLabelList()
                        .forEach(label -> text.append(' ')
                                .append(label.getName())
                                .append('=')
                                .append(label.getValue()));
                text.append(
                        switch (family.getType()) {
                            case COUNTER -> " " + metric.getCounter().getValue();
                            case GAUGE -> " " + metric.getGauge().getValue();
                            case SUMMARY ->
                                " %d %s %s"
                                        .formatted(
                                                metric.getSummary().getSampleCount(),
                                                metric.getSummary().getSampleSum(),
                                                metric.getSummary().getQuantileList().stream()
                                                        .map(q -> q.getQuantile() + "/" + q.getValue())
                                                        .toList());
                            case HISTOGRAM ->
                                " %d %s %s"
                                        .formatted(
                                                metric.getHistogram().getSampleCount(),
                                                metric.getHistogram().getSampleSum(),
                                                metric.getHistogram().getBucketList().stream()
                                                        .map(b -> b.getUpperBound() + "/" + b.getCumulativeCount())
                                                        .toList());
                            default -> throw new AssertionError(family);
                        });
            }
            families.put(family.getName(), text.toString());
        }
        assertThat(families)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "things_total", "COUNTER: kind=a 3.0 kind=b\" 4.0",
                        "level", "GAUGE: -2.5",
                        "build_info", "GAUGE: version=7 1.0",
                        "took_seconds", "SUMMARY: 1 2.0 [0.5/2.0]",
                        "size", "HISTOGRAM: of=x 1 5.0 [1.0/0, 10.0/1, Infinity/1]"));
    }
}
