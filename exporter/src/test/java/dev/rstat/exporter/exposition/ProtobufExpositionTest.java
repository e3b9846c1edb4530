// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.EveryKind;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.identity.Identities;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads what is written with code that protoc generated of Prometheus' own definition. */
class ProtobufExpositionTest {
    private final CgroupEncoder encoder = new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.DEFAULT, false);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void hasTheSamplesThatTheTextHas(long seed) throws IOException {
        Snapshot snapshot = EveryKind.snapshot(200, seed);
        List<MetricFamilySamples> expected = new CgroupCollector(
                        () -> snapshot, Identities.ofPaths(), ClassicBuckets.ALL)
                .collect().stream().filter(family -> !family.samples.isEmpty()).toList();
        List<Metrics.MetricFamily> families = read(Encoded.bytes(encoder, snapshot, Format.PROTOBUF));
        assertThat(families).hasSameSizeAs(expected);
        for (int i = 0; i < families.size(); i++) {
            Metrics.MetricFamily family = families.get(i);
            assertThat(family.getHelp()).isEqualTo(expected.get(i).help);
            assertThat(family.getUnit()).isEqualTo(expected.get(i).unit);
            assertThat(samples(family)).isEqualTo(samples(expected.get(i)));
        }
    }

    @Test
    void largeFamiliesComeInChunks() {
        assertThat(Encoded.chunks(encoder, EveryKind.snapshot(3000, 1), Format.PROTOBUF))
                .hasSizeGreaterThan(5)
                .allSatisfy(chunk -> assertThat(chunk.length).isLessThan(CgroupExposition.BUFFER_BYTES));
    }

    @Test
    void countersAndHistogramsSayWhenTheyBegan() throws IOException {
        for (Metrics.MetricFamily family : read(Encoded.bytes(encoder, EveryKind.snapshot(9, 1), Format.PROTOBUF))) {
            for (Metrics.Metric metric : family.getMetricList()) {
                switch (family.getType()) {
                    case COUNTER ->
                        assertThat(metric.getCounter().getCreatedTimestamp().getSeconds())
                                .isEqualTo(1_700_000_000);
                    case HISTOGRAM ->
                        assertThat(metric.getHistogram().getCreatedTimestamp().getSeconds())
                                .isEqualTo(1_700_000_000);
                    default -> assertThat(metric.hasGauge()).isTrue();
                }
            }
        }
    }

    @Test
    void allBucketsTakeFewerBytesThanTenClassicOnes() {
        Snapshot snapshot = EveryKind.snapshot(500, 7);
        int text = histogramBytes(Encoded.text(encoder, snapshot, Format.OPENMETRICS));
        int whole = Encoded.bytes(encoder, snapshot, Format.PROTOBUF).length;
        assertThat(whole).isLessThan(text);
    }

    private static int histogramBytes(String text) {
        return text.lines()
                .filter(line -> line.startsWith("cgroup_operation_seconds_"))
                .mapToInt(line -> line.length() + 1)
                .sum();
    }

    static List<Metrics.MetricFamily> read(byte[] bytes) throws IOException {
        List<Metrics.MetricFamily> families = new ArrayList<>();
        InputStream in = new ByteArrayInputStream(bytes);
        for (Metrics.MetricFamily family; (family = Metrics.MetricFamily.parseDelimitedFrom(in)) != null; ) {
            families.add(family);
        }
        return families;
    }

    /** Name and labels to value. */
    private static Map<String, Double> samples(MetricFamilySamples family) {
        Map<String, Double> samples = new HashMap<>();
        for (Sample sample : family.samples) {
            Map<String, String> labels = new TreeMap<>();
            for (int i = 0; i < sample.labelNames.size(); i++) {
                labels.put(sample.labelNames.get(i), sample.labelValues.get(i));
            }
            // The next bound that there is stands for what is above the last one.
            labels.computeIfPresent("le", (_, bound) -> bound.equals("+Inf") ? "128.0" : bound);
            samples.put(sample.name + labels, sample.value);
        }
        assertThat(samples).hasSameSizeAs(family.samples);
        return samples;
    }

    private static Map<String, Double> samples(Metrics.MetricFamily family) {
        Map<String, Double> samples = new HashMap<>();
        for (Metrics.Metric metric : family.getMetricList()) {
            Map<String, String> labels = new TreeMap<>();
            metric.getLabelList().forEach(label -> labels.put(label.getName(), label.getValue()));
            switch (family.getType()) {
                case COUNTER ->
                    samples.put(family.getName() + labels, metric.getCounter().getValue());
                case GAUGE ->
                    samples.put(family.getName() + labels, metric.getGauge().getValue());
                case HISTOGRAM -> addHistogram(samples, family.getName(), labels, metric.getHistogram());
                default -> throw new AssertionError(family.getType());
            }
        }
        return samples;
    }

    private static void addHistogram(
            Map<String, Double> samples, String name, Map<String, String> labels, Metrics.Histogram histogram) {
        samples.put(name + "_count" + labels, (double) histogram.getSampleCount());
        samples.put(name + "_sum" + labels, histogram.getSampleSum());
        assertThat(histogram.getSchema()).isZero();
        assertThat(histogram.getBucketList()).isEmpty();
        Map<Integer, Long> own = new HashMap<>();
        int index = 0;
        int next = 0;
        long count = 0;
        for (Metrics.BucketSpan span : histogram.getPositiveSpanList()) {
            index += span.getOffset();
            for (int i = 0; i < span.getLength(); i++) {
                count += histogram.getPositiveDelta(next++);
                own.put(index++, count);
            }
        }
        assertThat(next).isEqualTo(histogram.getPositiveDeltaCount());
        long cumulative = histogram.getZeroCount();
        int first = Math.getExponent(histogram.getZeroThreshold());
        assertThat(Math.scalb(1.0, first)).isEqualTo(histogram.getZeroThreshold());
        for (int bucket = first; bucket <= 7; bucket++) {
            cumulative += own.getOrDefault(bucket, 0L);
            Map<String, String> bounded = new TreeMap<>(labels);
            bounded.put("le", Double.toString(Math.scalb(1.0, bucket)));
            samples.put(name + "_bucket" + bounded, (double) cumulative);
        }
        assertThat(cumulative).isEqualTo(histogram.getSampleCount());
    }
}
