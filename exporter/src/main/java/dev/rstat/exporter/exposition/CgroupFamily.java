// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.CgroupIndex;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Metric;
import io.prometheus.client.Collector;
import java.util.List;
import java.util.stream.Collectors;

/** One metric family with samples for each cgroup. All its text but paths and values is made beforehand. */
interface CgroupFamily {
    /** After the last label, before the value. */
    byte[] LABELS_END = "} ".getBytes(UTF_8);

    byte[] KEY_END = "\",} ".getBytes(UTF_8);

    byte[] MINUS = "-".getBytes(UTF_8);

    /** The HELP and TYPE lines. */
    byte[] header();

    /**
     * Appends the samples of a cgroup; none if it has no value.
     *
     * @param cgroup index in the snapshot
     */
    void append(int cgroup, TextBuffer out);

    /**
     * @param metrics of one name, which their labels tell apart
     */
    static CgroupFamily of(List<Metric> metrics, CollectorSnapshot collector, CgroupLabels labels, CgroupIndex index) {
        List<CgroupFamily> fields = metrics.stream()
                .map(metric -> of(metric, collector, labels, index))
                .toList();
        return fields.size() == 1 ? fields.getFirst() : new Fields(fields);
    }

    private static CgroupFamily of(Metric metric, CollectorSnapshot collector, CgroupLabels labels, CgroupIndex index) {
        return switch (metric.type()) {
            case COUNTER, GAUGE, MAX -> new Single(metric, collector, labels);
            case HISTOGRAM -> new Histogram(metric, collector, labels);
            case TOP -> new Top(metric, collector, labels, index);
        };
    }

    /** Labels of the field's own, as they follow the cgroup's. */
    private static String ownLabels(Metric metric) {
        return metric.labels().stream()
                .map(label -> label(label.name(), label.value()))
                .collect(Collectors.joining());
    }

    private static String label(String name, String value) {
        return "%s=\"%s\",".formatted(name, Escapes.labelValue(value));
    }

    static byte[] header(String name, String type, String help) {
        return "# HELP %s %s\n# TYPE %s %s\n"
                .formatted(name, Escapes.help(help), name, type)
                .getBytes(UTF_8);
    }

    /** Decimal places between what BPF counts and the exposed base unit. */
    private static int scale(Metric metric) {
        return switch (metric.unit()) {
            case NONE, BYTES -> 0;
            case NANOSECONDS -> 9;
        };
    }

    /** Several fields of one name: cgroup by cgroup, field by field. */
    record Fields(List<CgroupFamily> fields) implements CgroupFamily {
        @Override
        public byte[] header() {
            return fields.getFirst().header();
        }

        @Override
        public void append(int cgroup, TextBuffer out) {
            for (CgroupFamily field : fields) {
                field.append(cgroup, out);
            }
        }
    }

    /** One sample for each cgroup. */
    final class Single implements CgroupFamily {
        private final Metric metric;
        private final CollectorSnapshot collector;
        private final CgroupLabels labels;
        private final byte[] start;
        private final byte[] end;

        Single(Metric metric, CollectorSnapshot collector, CgroupLabels labels) {
            this.metric = metric;
            this.collector = collector;
            this.labels = labels;
            this.start = (metric.name() + "{").getBytes(UTF_8);
            this.end = (ownLabels(metric) + "} ").getBytes(UTF_8);
        }

        @Override
        public byte[] header() {
            return CgroupFamily.header(
                    metric.name(), metric.type() == Metric.Type.COUNTER ? "counter" : "gauge", metric.help());
        }

        @Override
        public void append(int cgroup, TextBuffer out) {
            if (!collector.has(cgroup)) {
                return;
            }
            int word = metric.firstWord();
            long value =
                    metric.type() == Metric.Type.MAX ? collector.maximum(cgroup, word) : collector.value(cgroup, word);
            out.append(start).append(labels.get(cgroup)).append(end);
            if (metric.type() == Metric.Type.GAUGE && value < 0) {
                out.append(MINUS);
                value = -value;
            }
            out.appendNumberLine(value, scale(metric));
        }
    }

    /** A counter split by another cgroup. Cgroups that are gone are one sample, and so are those that found no place. */
    final class Top implements CgroupFamily {
        static final String GONE = "(removed)";
        static final String OTHER = "(other)";

        private final Metric metric;
        private final CollectorSnapshot collector;
        private final CgroupLabels labels;
        private final CgroupIndex index;
        private final byte[] start;
        private final byte[] keyStart;
        private final byte[] gone;
        private final byte[] other;

        Top(Metric metric, CollectorSnapshot collector, CgroupLabels labels, CgroupIndex index) {
            this.metric = metric;
            this.collector = collector;
            this.labels = labels;
            this.index = index;
            this.start = (metric.name() + "{").getBytes(UTF_8);
            this.keyStart = (ownLabels(metric) + metric.key() + "=\"").getBytes(UTF_8);
            this.gone = (ownLabels(metric) + label(metric.key(), GONE) + "} ").getBytes(UTF_8);
            this.other = (ownLabels(metric) + label(metric.key(), OTHER) + "} ").getBytes(UTF_8);
        }

        @Override
        public byte[] header() {
            return CgroupFamily.header(metric.name(), "counter", metric.help());
        }

        @Override
        public void append(int cgroup, TextBuffer out) {
            if (!collector.has(cgroup)) {
                return;
            }
            long removed = 0;
            for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
                int word = metric.firstWord() + entry * Metric.TOP_ENTRY_WORDS;
                long id = collector.value(cgroup, word);
                long value = collector.value(cgroup, word + 1);
                int key = index.of(id);
                if (id != 0 && key >= 0) {
                    out.append(start)
                            .append(labels.get(cgroup))
                            .append(keyStart)
                            .append(labels.path(key))
                            .append(KEY_END)
                            .appendNumberLine(value, scale(metric));
                } else {
                    removed += value;
                }
            }
            append(cgroup, gone, removed, out);
            append(
                    cgroup,
                    other,
                    collector.value(cgroup, metric.firstWord() + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS),
                    out);
        }

        private void append(int cgroup, byte[] end, long value, TextBuffer out) {
            if (value != 0) {
                out.append(start).append(labels.get(cgroup)).append(end).appendNumberLine(value, scale(metric));
            }
        }
    }

    final class Histogram implements CgroupFamily {
        private final Metric metric;
        private final CollectorSnapshot collector;
        private final CgroupLabels labels;
        private final byte[] bucketStart;
        private final byte[][] bounds = new byte[Metric.BUCKETS][];
        private final byte[] countStart;
        private final byte[] sumStart;
        private final byte[] end;

        Histogram(Metric metric, CollectorSnapshot collector, CgroupLabels labels) {
            this.metric = metric;
            this.collector = collector;
            this.labels = labels;
            this.bucketStart = (metric.name() + "_bucket{").getBytes(UTF_8);
            this.countStart = (metric.name() + "_count{").getBytes(UTF_8);
            this.sumStart = (metric.name() + "_sum{").getBytes(UTF_8);
            this.end = (ownLabels(metric) + "} ").getBytes(UTF_8);
            for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                String bound = Collector.doubleToGoString(metric.upperBound(bucket));
                bounds[bucket] = (ownLabels(metric) + "le=\"" + bound + "\",} ").getBytes(UTF_8);
            }
        }

        @Override
        public byte[] header() {
            return CgroupFamily.header(metric.name(), "histogram", metric.help());
        }

        @Override
        public void append(int cgroup, TextBuffer out) {
            if (!collector.has(cgroup)) {
                return;
            }
            int sum = metric.firstWord();
            int firstBucket = sum + 1;
            long count = 0;
            for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                count += collector.value(cgroup, firstBucket + bucket);
            }
            if (count == 0) {
                return;
            }
            byte[] label = labels.get(cgroup);
            int start = out.length();
            out.append(bucketStart).append(label);
            int bound = out.length();
            int number = bound;
            int end = bound;
            long cumulative = 0;
            for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                long own = collector.value(cgroup, firstBucket + bucket);
                cumulative += own;
                if (bucket > 0) {
                    out.appendAgain(start, bound);
                }
                out.append(bounds[bucket]);
                if (own == 0 && bucket > 0) {
                    // Most buckets of most histograms: the number is that of the bucket before.
                    out.appendAgain(number, end);
                    number = out.length() - (end - number);
                } else {
                    number = out.length();
                    out.appendNumberLine(cumulative, 0);
                }
                end = out.length();
            }
            out.append(countStart).append(label).append(this.end).appendNumberLine(count, 0);
            out.append(sumStart)
                    .append(label)
                    .append(this.end)
                    .appendNumberLine(collector.value(cgroup, sum), scale(metric));
        }
    }
}
