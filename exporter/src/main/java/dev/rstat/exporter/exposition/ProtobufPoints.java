// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import java.util.List;

/**
 * Writes {@code io.prometheus.client.MetricFamily} messages, each after its length. Histograms are native ones of schema 0, whose bounds
 * are the powers of two that ours are: nothing is rounded. What is at or below the lowest bound is the zero bucket; what is above the
 * highest finite bound is in the next bucket.
 *
 * <p>A family's length comes before it, so its points are told twice: to be measured, and to be written.
 */
final class ProtobufPoints extends FamilyWriter<ProtobufPoints.Labels> {
    /** Field numbers of {@code MetricFamily}. */
    private static final int NAME = 1;

    private static final int HELP = 2;
    private static final int TYPE = 3;
    private static final int METRIC = 4;
    private static final int UNIT = 5;

    /** Of {@code Metric}. */
    private static final int GAUGE = 2;

    private static final int COUNTER = 3;
    private static final int HISTOGRAM = 7;

    /** Of {@code Counter} and {@code Gauge}, and {@code Counter}'s alone. */
    private static final int VALUE = 1;

    private static final int COUNTER_CREATED = 3;

    /** Of {@code Histogram}. */
    private static final int SAMPLE_COUNT = 1;

    private static final int SAMPLE_SUM = 2;
    private static final int SCHEMA = 5;
    private static final int ZERO_THRESHOLD = 6;
    private static final int ZERO_COUNT = 7;
    private static final int POSITIVE_SPAN = 12;
    private static final int POSITIVE_DELTA = 13;
    private static final int HISTOGRAM_CREATED = 15;

    private static final long NANOSECONDS_PER_SECOND = 1_000_000_000;

    private final CgroupLabels cgroupLabels;
    private final ProtobufBuffer out;
    private final ProtobufBuffer point = new ProtobufBuffer(1 << 10);
    private final ProtobufBuffer value = new ProtobufBuffer(1 << 9);
    private final ProtobufBuffer part = new ProtobufBuffer(1 << 8);

    /** Set by {@link #begin}. */
    @SuppressWarnings("NullAway.Init")
    private CgroupFamily family;

    private int cgroup;
    private boolean measuring;
    private int measured;

    /**
     * @param pairs the labels' messages
     * @param key the name of one more label, whose value comes with a point; empty if there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Labels(byte[] pairs, byte[] key) {}

    ProtobufPoints(CgroupLabels cgroupLabels) {
        this.cgroupLabels = cgroupLabels;
        this.out = new ProtobufBuffer();
    }

    @Override
    Labels labels(List<Label> labels) {
        return labels(labels, "");
    }

    @Override
    Labels labels(List<Label> labels, String key) {
        return new Labels(LabelSyntax.PROTOBUF.labels(labels), key.getBytes(UTF_8));
    }

    @Override
    Labels labels(List<Label> labels, Metric histogram) {
        return labels(labels);
    }

    @Override
    ChunkBuffer buffer() {
        return out;
    }

    @Override
    void begin(CgroupFamily next, int[] cgroups) {
        family = next;
        measured = 0;
        measuring = true;
        for (int each : cgroups) {
            cgroup(each);
            next.tell(each);
        }
        measuring = false;
        if (measured == 0) {
            return;
        }
        point.clear();
        point.appendField(NAME, next.name().getBytes(UTF_8));
        point.appendField(HELP, next.help().getBytes(UTF_8));
        point.appendVarintField(TYPE, type(next));
        if (!next.unit().isEmpty()) {
            point.appendField(UNIT, next.unit().getBytes(UTF_8));
        }
        out.appendVarint(point.length() + measured);
        out.append(point);
    }

    private static int type(CgroupFamily family) {
        return switch (family.type()) {
            case COUNTER -> 0;
            case GAUGE, INFO -> 1;
            case HISTOGRAM -> 4;
        };
    }

    @Override
    void cgroup(int next) {
        cgroup = next;
    }

    @Override
    void info() {
        beginPoint();
        point.append(cgroupLabels.info(cgroup));
        value.clear();
        value.appendDoubleField(VALUE, 1);
        endPoint(GAUGE);
    }

    @Override
    void number(Labels labels, long word, int scale) {
        beginPoint();
        point.append(labels.pairs);
        endNumber(Words.toDouble(word, scale));
    }

    @Override
    void signed(Labels labels, long signed, int scale) {
        beginPoint();
        point.append(labels.pairs);
        endNumber(Words.toSignedDouble(signed, scale));
    }

    @Override
    void keyed(Labels labels, int key, long word, int scale) {
        beginPoint();
        point.append(labels.pairs);
        point.appendLabel(labels.key, cgroupLabels.path(key));
        endNumber(Words.toDouble(word, scale));
    }

    private void endNumber(double number) {
        value.clear();
        value.appendDoubleField(VALUE, number);
        if (family.type() == CgroupFamily.Type.COUNTER) {
            appendCreated(COUNTER_CREATED);
            endPoint(COUNTER);
        } else {
            endPoint(GAUGE);
        }
    }

    @Override
    void histogram(Labels labels, Metric metric, long[] buckets, long count, long sum, int scale) {
        beginPoint();
        point.append(labels.pairs);
        value.clear();
        value.appendVarintField(SAMPLE_COUNT, count);
        value.appendDoubleField(SAMPLE_SUM, Words.toDouble(sum, scale));
        value.appendVarintField(SCHEMA, 0);
        value.appendDoubleField(ZERO_THRESHOLD, metric.upperBound(0));
        value.appendVarintField(ZERO_COUNT, buckets[0]);
        appendBuckets(metric, buckets);
        appendCreated(HISTOGRAM_CREATED);
        endPoint(HISTOGRAM);
    }

    /** Runs of buckets that have counts, then each count less the one before it. */
    private void appendBuckets(Metric metric, long[] buckets) {
        // Bucket i of schema 0 is (2^(i-1), 2^i].
        int firstIndex = Math.getExponent(metric.upperBound(0));
        int nextIndex = 0;
        int end = 1;
        while (true) {
            int start = end;
            while (start < buckets.length && buckets[start] == 0) {
                start++;
            }
            if (start == buckets.length) {
                break;
            }
            end = start;
            while (end < buckets.length && buckets[end] != 0) {
                end++;
            }
            int index = firstIndex + start;
            part.clear();
            part.appendVarintField(1, ProtobufBuffer.zigzag(index - nextIndex));
            part.appendVarintField(2, end - start);
            value.appendField(POSITIVE_SPAN, part);
            nextIndex = index + end - start;
        }
        part.clear();
        long before = 0;
        for (int bucket = 1; bucket < buckets.length; bucket++) {
            if (buckets[bucket] != 0) {
                part.appendVarint(ProtobufBuffer.zigzag(buckets[bucket] - before));
                before = buckets[bucket];
            }
        }
        if (part.length() > 0) {
            value.appendField(POSITIVE_DELTA, part);
        }
    }

    private void appendCreated(int field) {
        long nanoseconds = family.startNanos(cgroup);
        part.clear();
        part.appendVarintField(1, nanoseconds / NANOSECONDS_PER_SECOND);
        part.appendVarintField(2, nanoseconds % NANOSECONDS_PER_SECOND);
        value.appendField(field, part);
    }

    private void beginPoint() {
        point.clear();
        point.append(cgroupLabels.get(cgroup));
    }

    private void endPoint(int valueField) {
        point.appendField(valueField, value);
        if (measuring) {
            measured += ProtobufBuffer.fieldSize(point.length());
        } else {
            out.appendField(METRIC, point);
        }
    }
}
