// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Label;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Simpleclient's samples as {@code io.prometheus.client.MetricFamily} messages: the library knows no protobuf. */
public final class SampleMessages {
    private SampleMessages() {}

    /** {@code MetricType}, with the field of {@code Metric} that has the value. */
    private enum Type {
        COUNTER(0, 3),
        GAUGE(1, 2),
        SUMMARY(2, 4),
        UNTYPED(3, 5),
        HISTOGRAM(4, 7);

        private final int number;
        private final int field;

        Type(int number, int field) {
            this.number = number;
            this.field = field;
        }

        static Type of(Collector.Type type) {
            return switch (type) {
                case COUNTER -> COUNTER;
                case GAUGE, INFO, STATE_SET -> GAUGE;
                case SUMMARY -> SUMMARY;
                case HISTOGRAM, GAUGE_HISTOGRAM -> HISTOGRAM;
                case UNKNOWN -> UNTYPED;
            };
        }
    }

    /** Messages, each after its length. Times of creation are left out. */
    public static byte[] encode(List<MetricFamilySamples> families) {
        ProtobufBuffer out = new ProtobufBuffer(1 << 14);
        for (MetricFamilySamples family : families) {
            if (!family.samples.isEmpty()) {
                ProtobufBuffer message = message(family);
                out.appendVarint(message.length());
                out.append(message);
            }
        }
        return out.take();
    }

    private static ProtobufBuffer message(MetricFamilySamples family) {
        Type type = Type.of(family.type);
        String name = switch (family.type) {
            case COUNTER -> family.name + "_total";
            case INFO -> family.name + "_info";
            default -> family.name;
        };
        ProtobufBuffer message = new ProtobufBuffer(1 << 10);
        message.appendField(1, name.getBytes(UTF_8));
        message.appendField(2, family.help.getBytes(UTF_8));
        message.appendVarintField(3, type.number);
        SequencedMap<List<Label>, List<Sample>> metrics = new LinkedHashMap<>();
        for (Sample sample : family.samples) {
            if (!sample.name.equals(family.name + "_created")) {
                metrics.computeIfAbsent(labels(sample, type), _ -> new ArrayList<>())
                        .add(sample);
            }
        }
        metrics.forEach((labels, samples) -> {
            ProtobufBuffer metric = new ProtobufBuffer(1 << 8);
            metric.append(LabelSyntax.PROTOBUF.labels(labels));
            metric.appendField(type.field, value(family.name, type, samples));
            message.appendField(4, metric);
        });
        return message;
    }

    /** Without the label that tells the samples of one histogram or summary apart. */
    private static List<Label> labels(Sample sample, Type type) {
        String part = part(type);
        List<Label> labels = new ArrayList<>();
        for (int i = 0; i < sample.labelNames.size(); i++) {
            if (!sample.labelNames.get(i).equals(part)) {
                labels.add(new Label(sample.labelNames.get(i), sample.labelValues.get(i)));
            }
        }
        return labels;
    }

    private static String part(Type type) {
        return switch (type) {
            case HISTOGRAM -> "le";
            case SUMMARY -> "quantile";
            case COUNTER, GAUGE, UNTYPED -> "";
        };
    }

    private static ProtobufBuffer value(String family, Type type, List<Sample> samples) {
        ProtobufBuffer value = new ProtobufBuffer(1 << 7);
        switch (type) {
            case COUNTER, GAUGE, UNTYPED -> value.appendDoubleField(1, samples.getFirst().value);
            case SUMMARY, HISTOGRAM -> {
                for (Sample sample : samples) {
                    if (sample.name.equals(family + "_count")) {
                        value.appendVarintField(1, (long) sample.value);
                    } else if (sample.name.equals(family + "_sum")) {
                        value.appendDoubleField(2, sample.value);
                    } else {
                        value.appendField(3, part(type, sample));
                    }
                }
            }
        }
        return value;
    }

    /** A {@code Bucket} or a {@code Quantile}. */
    private static ProtobufBuffer part(Type type, Sample sample) {
        ProtobufBuffer part = new ProtobufBuffer(32);
        double label = number(sample.labelValues.get(sample.labelNames.indexOf(part(type))));
        if (type == Type.HISTOGRAM) {
            part.appendVarintField(1, (long) sample.value);
            part.appendDoubleField(2, label);
        } else {
            part.appendDoubleField(1, label);
            part.appendDoubleField(2, sample.value);
        }
        return part;
    }

    private static double number(String text) {
        return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }
}
