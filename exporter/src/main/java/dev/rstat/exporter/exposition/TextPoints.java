// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes text format 0.0.4 or OpenMetrics 1.0: of each sample its name, the cgroup's label, and {@link Labels} are bytes made beforehand.
 * The two differ in their headers, in a comma after the last label, and in the time at which counts began, which only OpenMetrics has.
 */
final class TextPoints extends FamilyWriter<TextPoints.Labels> {
    /** Between milliseconds and seconds. */
    private static final int MILLISECONDS_SCALE = 3;

    private static final long NANOSECONDS_PER_MILLISECOND = 1_000_000;
    private static final byte[] COMMA = ",".getBytes(UTF_8);
    private static final byte[] MINUS = "-".getBytes(UTF_8);
    private static final byte[] ONE = "1.0\n".getBytes(UTF_8);
    private static final byte[] QUOTE = "\"".getBytes(UTF_8);

    private final boolean openMetrics;
    private final CgroupLabels cgroupLabels;
    private final ClassicBuckets classicBuckets;
    private final boolean created;
    private final byte[] end;
    private final TextBuffer out;
    private byte[] start = {};
    private byte[] createdStart = {};
    private byte[] bucketStart = {};
    private byte[] countStart = {};
    private byte[] sumStart = {};

    /** Set by {@link #begin}. */
    @SuppressWarnings("NullAway.Init")
    private CgroupFamily family;

    private boolean counter;
    private int cgroup;
    private byte[] cgroupLabel = {};

    /**
     * What follows the cgroup's label, up to the value.
     *
     * @param end of samples with these labels alone
     * @param buckets those shown of a histogram
     * @param bounds {@code end} of each of them
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Labels(byte[] end, int[] buckets, byte[][] bounds) {}

    /**
     * @param created whether samples say when their counts began; OpenMetrics only
     */
    TextPoints(Format format, CgroupLabels cgroupLabels, ClassicBuckets classicBuckets, boolean created) {
        this.openMetrics = format == Format.OPENMETRICS;
        this.cgroupLabels = cgroupLabels;
        this.classicBuckets = classicBuckets;
        this.created = created && openMetrics;
        this.end = (openMetrics ? "} " : ",} ").getBytes(UTF_8);
        this.out = new TextBuffer();
    }

    @Override
    Labels labels(List<Label> labels) {
        return new Labels(end(labels), new int[0], new byte[0][]);
    }

    @Override
    Labels labels(List<Label> labels, String key) {
        byte[] open = (text(labels) + "," + key + "=\"").getBytes(UTF_8);
        return new Labels(open, new int[0], new byte[0][]);
    }

    @Override
    Labels labels(List<Label> labels, Metric histogram) {
        int[] buckets = classicBuckets.of(histogram);
        byte[][] bounds = new byte[buckets.length][];
        for (int i = 0; i < bounds.length; i++) {
            List<Label> all = new ArrayList<>(labels);
            all.add(new Label("le", Collector.doubleToGoString(histogram.upperBound(buckets[i]))));
            bounds[i] = end(all);
        }
        return new Labels(end(labels), buckets, bounds);
    }

    private byte[] end(List<Label> labels) {
        return (text(labels) + new String(end, UTF_8)).getBytes(UTF_8);
    }

    private static String text(List<Label> labels) {
        return labels.isEmpty() ? "" : "," + new String(LabelSyntax.TEXT.labels(labels), UTF_8);
    }

    @Override
    ChunkBuffer buffer() {
        return out;
    }

    @Override
    void begin(CgroupFamily next, int[] cgroups) {
        family = next;
        counter = next.type() == CgroupFamily.Type.COUNTER;
        start = bytes(next.name(), "{");
        createdStart = bytes(next.baseName(), "_created{");
        if (next.type() == CgroupFamily.Type.HISTOGRAM) {
            bucketStart = bytes(next.name(), "_bucket{");
            countStart = bytes(next.name(), "_count{");
            sumStart = bytes(next.name(), "_sum{");
        }
        out.append((openMetrics ? openMetricsHeader(next) : header(next)).getBytes(UTF_8));
    }

    private static byte[] bytes(String name, String suffix) {
        return (name + suffix).getBytes(UTF_8);
    }

    private static String header(CgroupFamily family) {
        String type = family.type() == CgroupFamily.Type.INFO ? "gauge" : type(family);
        return "# HELP " + family.name() + " " + Escapes.help(family.help()) + "\n# TYPE " + family.name() + " " + type
                + "\n";
    }

    private static String openMetricsHeader(CgroupFamily family) {
        String name = family.baseName();
        String unit = family.unit().isEmpty() ? "" : "# UNIT " + name + " " + family.unit() + "\n";
        return "# TYPE " + name + " " + type(family) + "\n" + unit + "# HELP " + name + " "
                + Escapes.labelValue(family.help()) + "\n";
    }

    private static String type(CgroupFamily family) {
        return switch (family.type()) {
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case HISTOGRAM -> "histogram";
            case INFO -> "info";
        };
    }

    @Override
    void cgroup(int next) {
        cgroup = next;
        cgroupLabel = cgroupLabels.get(next);
    }

    @Override
    void info() {
        out.append(start);
        out.append(cgroupLabel);
        out.append(COMMA);
        out.append(cgroupLabels.info(cgroup));
        out.append(end);
        out.append(ONE);
    }

    @Override
    void number(Labels labels, long word, int scale) {
        sample(start, labels.end);
        out.appendNumberLine(word, scale);
        if (counter) {
            created(labels.end);
        }
    }

    @Override
    void signed(Labels labels, long value, int scale) {
        sample(start, labels.end);
        if (value < 0) {
            out.append(MINUS);
        }
        out.appendNumberLine(Math.abs(value), scale);
    }

    @Override
    void keyed(Labels labels, int key, long word, int scale) {
        int from = out.length();
        sample(start, labels.end);
        int labelsFrom = from + start.length;
        out.append(cgroupLabels.path(key));
        out.append(QUOTE);
        out.append(end);
        int labelsTo = out.length();
        out.appendNumberLine(word, scale);
        if (created) {
            out.append(createdStart);
            out.appendAgain(labelsFrom, labelsTo);
            createdTime();
        }
    }

    @Override
    void histogram(Labels labels, Metric metric, long[] buckets, long count, long sum, int scale) {
        int[] shown = labels.buckets;
        byte[][] bounds = labels.bounds;
        int prefix = out.length();
        out.append(bucketStart);
        out.append(cgroupLabel);
        int prefixEnd = out.length();
        int number = prefixEnd;
        int numberEnd = prefixEnd;
        long cumulative = 0;
        int next = 0;
        for (int i = 0; i < shown.length; i++) {
            long own = 0;
            for (int last = shown[i]; next <= last; next++) {
                own += buckets[next];
            }
            int following = i + 1 < shown.length ? prefixEnd - prefix : 0;
            if (own == 0 && i > 0) {
                // Most buckets of most histograms: the number is that of the bucket before, and so is what begins the
                // next line.
                out.append(bounds[i], number, numberEnd + following);
            } else {
                cumulative += own;
                out.append(bounds[i]);
                number = out.length();
                out.appendNumberLine(cumulative, 0);
                numberEnd = out.length();
                out.appendAgain(prefix, prefix + following);
            }
        }
        sample(countStart, labels.end);
        out.appendNumberLine(count, 0);
        sample(sumStart, labels.end);
        out.appendNumberLine(sum, scale);
        created(labels.end);
    }

    private void sample(byte[] name, byte[] labelsEnd) {
        out.append(name, cgroupLabel, labelsEnd);
    }

    private void created(byte[] labelsEnd) {
        if (created) {
            sample(createdStart, labelsEnd);
            createdTime();
        }
    }

    private void createdTime() {
        out.appendNumberLine(family.startNanos(cgroup) / NANOSECONDS_PER_MILLISECOND, MILLISECONDS_SCALE);
    }
}
