// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CgroupIndex;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import dev.rstat.collectors.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The metrics of the collectors in a snapshot. */
final class BpfMetrics {
    private BpfMetrics() {}

    static List<MetricFamily> of(Snapshot snapshot) {
        List<MetricFamily> families = new ArrayList<>();
        for (CollectorSnapshot collector : snapshot.collectors()) {
            for (List<Metric> fields : collector.schema().families()) {
                families.add(new Family(fields, collector, snapshot));
            }
        }
        return families;
    }

    private static MetricFamily.Kind kind(Metric.Type type) {
        return switch (type) {
            case COUNTER, TOP -> MetricFamily.Kind.SUM;
            case GAUGE, MAX -> MetricFamily.Kind.GAUGE;
            case HISTOGRAM -> MetricFamily.Kind.EXPONENTIAL_HISTOGRAM;
        };
    }

    /** UCUM's name of the base unit. */
    private static String unit(Metric.Unit unit) {
        return switch (unit) {
            case NONE -> "";
            case BYTES -> "By";
            case NANOSECONDS -> "s";
        };
    }

    /** Fields of one name. */
    private static final class Family extends MetricFamily {
        private final CollectorSnapshot collector;
        private final List<Field> fields;

        Family(List<Metric> metrics, CollectorSnapshot collector, Snapshot snapshot) {
            Metric first = metrics.getFirst();
            super(first.name(), unit(first.unit()), kind(first.type()));
            this.collector = collector;
            this.fields = metrics.stream()
                    .map(metric -> field(metric, collector, snapshot))
                    .toList();
        }

        private static Field field(Metric metric, CollectorSnapshot collector, Snapshot snapshot) {
            long time = nanoseconds(snapshot.time());
            return switch (metric.type()) {
                case COUNTER, GAUGE, MAX -> new SingleValue(metric, collector, time);
                case HISTOGRAM -> new Histogram(metric, collector, time);
                case TOP -> new Top(metric, collector, time, snapshot.index(), snapshot.cgroups());
            };
        }

        @Override
        int writePoints(int cgroup, @Nullable Baseline since, ReverseProtobuf out) {
            if (!collector.has(cgroup)) {
                return 0;
            }
            CollectorSnapshot before = since == null ? null : since.collector(collector.schema());
            int points = 0;
            for (Field field : fields.reversed()) {
                points += before == null || since == null
                        ? field.write(cgroup, new Before(null, 0, collector.startNanos(cgroup)), out)
                        : field.write(
                                cgroup,
                                new Before(
                                        before,
                                        since.cgroup(),
                                        nanoseconds(since.snapshot().time())),
                                out);
            }
            return points;
        }
    }

    /**
     * What points are the difference to.
     *
     * @param collector null: to zero
     * @param start nanoseconds since the epoch
     */
    private record Before(@Nullable CollectorSnapshot collector, int cgroup, long start) {
        long value(int word) {
            return collector == null ? 0 : collector.value(cgroup, word);
        }
    }

    private interface Field {
        /** Writes what points there are, and says how many. */
        int write(int cgroup, Before before, ReverseProtobuf out);
    }

    private static final class SingleValue implements Field {
        private final Metric metric;
        private final CollectorSnapshot collector;
        private final long time;
        private final byte[] attributes;

        SingleValue(Metric metric, CollectorSnapshot collector, long time) {
            this.metric = metric;
            this.collector = collector;
            this.time = time;
            this.attributes = Attributes.encode(Attributes.OF_NUMBER, metric.labels());
        }

        @Override
        public int write(int cgroup, Before before, ReverseProtobuf out) {
            int word = metric.firstWord();
            long value =
                    metric.type() == Metric.Type.MAX ? collector.maximum(cgroup, word) : collector.value(cgroup, word);
            long start = 0;
            if (metric.type() == Metric.Type.COUNTER) {
                start = before.start();
                if (before.collector() != null) {
                    long difference = value - before.value(word);
                    if (difference == 0) {
                        return 0;
                    }
                    // Less than before: another beginning, and all of it is new.
                    value = difference > 0 ? difference : value;
                }
            }
            MetricFamily.number(out, attributes, value, metric.unit().perBaseUnit(), start, time);
            return 1;
        }
    }

    /**
     * Scale 0, bounds that are powers of two: our buckets as they are. The first, of all that is not above its bound, is the zero
     * bucket with that bound as its threshold, for there is no bound below; the last, which has none above, is the next power's.
     * (The SDK's own data model has no zero threshold, which is why points are encoded here.)
     */
    private static final class Histogram implements Field {
        private final Metric metric;
        private final CollectorSnapshot collector;
        private final long time;
        private final byte[] attributes;
        private final double zeroThreshold;
        private final int firstExponent;
        private final long[] counts = new long[Metric.BUCKETS];

        Histogram(Metric metric, CollectorSnapshot collector, long time) {
            this.metric = metric;
            this.collector = collector;
            this.time = time;
            this.attributes = Attributes.encode(Attributes.OF_HISTOGRAM, metric.labels());
            this.zeroThreshold = metric.upperBound(0);
            this.firstExponent = Math.getExponent(zeroThreshold);
        }

        @Override
        public int write(int cgroup, Before before, ReverseProtobuf out) {
            int sumWord = metric.firstWord();
            long total = 0;
            long start = before.start();
            boolean restarted = false;
            for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                int word = sumWord + 1 + bucket;
                counts[bucket] = collector.value(cgroup, word) - before.value(word);
                restarted |= counts[bucket] < 0;
                total += counts[bucket];
            }
            if (restarted) {
                return write(cgroup, new Before(null, 0, collector.startNanos(cgroup)), out);
            }
            if (total == 0) {
                return 0;
            }
            int end = out.length();
            out.number(14, zeroThreshold);
            writeBuckets(out);
            out.fixed64(7, counts[0]);
            // Scale (6) is 0, which needs no field.
            out.number(
                    5,
                    (collector.value(cgroup, sumWord) - before.value(sumWord))
                            / metric.unit().perBaseUnit());
            out.fixed64(4, total);
            out.fixed64(3, time);
            out.fixed64(2, start);
            out.raw(attributes);
            out.message(1, end);
            return 1;
        }

        /** Bucket i is above 2^(first + i - 1), and that exponent is OpenTelemetry's index of it. */
        private void writeBuckets(ReverseProtobuf out) {
            int first = 1;
            int last = Metric.BUCKETS - 1;
            while (first <= last && counts[first] == 0) {
                first++;
            }
            if (first > last) {
                return;
            }
            while (counts[last] == 0) {
                last--;
            }
            int end = out.length();
            for (int bucket = last; bucket >= first; bucket--) {
                out.varint(counts[bucket]);
            }
            out.message(2, end);
            out.signed(1, firstExponent + first - 1);
            out.message(8, end);
        }
    }

    /** A sum for each other cgroup. Those that are gone are one point, and so are those that found no place: as in a scrape. */
    private static final class Top implements Field {
        private static final String GONE = "(removed)";
        private static final String OTHER = "(other)";

        private final Metric metric;
        private final CollectorSnapshot collector;
        private final long time;
        private final CgroupIndex index;
        private final List<Cgroup> cgroups;

        Top(Metric metric, CollectorSnapshot collector, long time, CgroupIndex index, List<Cgroup> cgroups) {
            this.metric = metric;
            this.collector = collector;
            this.time = time;
            this.index = index;
            this.cgroups = cgroups;
        }

        @Override
        public int write(int cgroup, Before before, ReverseProtobuf out) {
            int points = 0;
            long removed = 0;
            long shown = 0;
            for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
                int word = metric.firstWord() + entry * Metric.TOP_ENTRY_WORDS;
                long id = collector.value(cgroup, word);
                int key = index.of(id);
                long value = collector.value(cgroup, word + 1);
                if (id == 0 || key < 0) {
                    removed += value;
                    continue;
                }
                value = Math.max(0, value - valueOf(before, id));
                if (value > 0 || before.collector() == null) {
                    write(out, cgroups.get(key).path(), value, before.start());
                    shown += value;
                    points++;
                }
            }
            if (before.collector() != null) {
                // Who leaves the table goes into the rest with all that was counted: what is new is what the others'
                // does not explain.
                long rest = total(collector, cgroup) - total(before.collector(), before.cgroup()) - shown;
                return points + writeIfAny(out, OTHER, rest, before.start());
            }
            return points
                    + writeIfAny(out, GONE, removed, before.start())
                    + writeIfAny(out, OTHER, collector.value(cgroup, restWord()), before.start());
        }

        private int restWord() {
            return metric.firstWord() + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS;
        }

        private long valueOf(Before before, long id) {
            if (before.collector() != null) {
                for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
                    int word = metric.firstWord() + entry * Metric.TOP_ENTRY_WORDS;
                    if (before.value(word) == id) {
                        return before.value(word + 1);
                    }
                }
            }
            return 0;
        }

        private long total(CollectorSnapshot values, int cgroup) {
            long total = values.value(cgroup, restWord());
            for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
                total += values.value(cgroup, metric.firstWord() + entry * Metric.TOP_ENTRY_WORDS + 1);
            }
            return total;
        }

        private int writeIfAny(ReverseProtobuf out, String key, long value, long start) {
            if (value <= 0) {
                return 0;
            }
            write(out, key, value, start);
            return 1;
        }

        private void write(ReverseProtobuf out, String key, long value, long start) {
            List<Label> labels = new ArrayList<>(metric.labels());
            labels.add(new Label(metric.key(), key));
            MetricFamily.number(
                    out,
                    Attributes.encode(Attributes.OF_NUMBER, labels),
                    value,
                    metric.unit().perBaseUnit(),
                    start,
                    time);
        }
    }
}
