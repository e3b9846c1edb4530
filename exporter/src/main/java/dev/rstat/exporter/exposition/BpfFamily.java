// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.CgroupIndex;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import java.util.ArrayList;
import java.util.List;

/** The fields of one name of a collector's C struct. */
final class BpfFamily extends CgroupFamily {
    /** The label's value for all cgroups that are gone, and for all that found no place among the largest. */
    static final String GONE = "(removed)";

    static final String OTHER = "(other)";

    /** A field's points of a cgroup that the collector has values of. */
    private abstract static class Field {
        abstract void tell(int cgroup);
    }

    private final Metric metric;
    private final CollectorSnapshot collector;

    /** An array: a list would make an iterator for each cgroup, which the service's compiler, C1, does not do away with. */
    private final Field[] fields;

    private BpfFamily(Metric metric, CollectorSnapshot collector, Field[] fields) {
        this.metric = metric;
        this.collector = collector;
        this.fields = fields;
    }

    /**
     * @param metrics of one name, which their labels tell apart
     */
    static <T> BpfFamily of(List<Metric> metrics, CollectorSnapshot collector, CgroupIndex index, Points<T> points) {
        Field[] fields = metrics.stream()
                .map(metric -> field(metric, collector, index, points))
                .toArray(Field[]::new);
        return new BpfFamily(metrics.getFirst(), collector, fields);
    }

    @Override
    String name() {
        return metric.name();
    }

    @Override
    String help() {
        return metric.help();
    }

    @Override
    Type type() {
        return switch (metric.type()) {
            case COUNTER, TOP -> Type.COUNTER;
            case GAUGE, MAX -> Type.GAUGE;
            case HISTOGRAM -> Type.HISTOGRAM;
        };
    }

    @Override
    long startNanos(int cgroup) {
        return collector.startNanos(cgroup);
    }

    @Override
    void tell(int cgroup) {
        if (collector.has(cgroup)) {
            for (Field field : fields) {
                field.tell(cgroup);
            }
        }
    }

    private static <T> Field field(Metric metric, CollectorSnapshot collector, CgroupIndex index, Points<T> points) {
        return switch (metric.type()) {
            case COUNTER, GAUGE, MAX -> new Plain<>(metric, collector, points);
            case HISTOGRAM -> new Histogram<>(metric, collector, points);
            case TOP -> new Top<>(metric, collector, index, points);
        };
    }

    /** Decimal places between what BPF counts and the exposed base unit. */
    private static int scale(Metric metric) {
        return switch (metric.unit()) {
            case NONE, BYTES -> 0;
            case NANOSECONDS -> 9;
        };
    }

    private static final class Plain<T> extends Field {
        private final Metric.Type type;
        private final int word;
        private final int scale;
        private final CollectorSnapshot collector;
        private final Points<T> points;
        private final T labels;

        Plain(Metric metric, CollectorSnapshot collector, Points<T> points) {
            this.type = metric.type();
            this.word = metric.firstWord();
            this.scale = scale(metric);
            this.collector = collector;
            this.points = points;
            this.labels = points.labels(metric.labels());
        }

        @Override
        void tell(int cgroup) {
            if (type == Metric.Type.GAUGE) {
                points.signed(labels, collector.value(cgroup, word), scale);
            } else {
                points.number(
                        labels,
                        type == Metric.Type.MAX ? collector.maximum(cgroup, word) : collector.value(cgroup, word),
                        scale);
            }
        }
    }

    private static final class Histogram<T> extends Field {
        private final Metric metric;
        private final CollectorSnapshot collector;
        private final Points<T> points;
        private final T labels;
        private final long[] buckets = new long[Metric.BUCKETS];

        Histogram(Metric metric, CollectorSnapshot collector, Points<T> points) {
            this.metric = metric;
            this.collector = collector;
            this.points = points;
            this.labels = points.labels(metric.labels(), metric);
        }

        /** What has not been observed is not told. */
        @Override
        void tell(int cgroup) {
            int firstBucket = metric.firstWord() + 1;
            long count = 0;
            for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                buckets[bucket] = collector.value(cgroup, firstBucket + bucket);
                count += buckets[bucket];
            }
            if (count != 0) {
                points.histogram(
                        labels, metric, buckets, count, collector.value(cgroup, metric.firstWord()), scale(metric));
            }
        }
    }

    /** A counter split by another cgroup. Cgroups that are gone are one point, and so are those that found no place. */
    private static final class Top<T> extends Field {
        private final Metric metric;
        private final CollectorSnapshot collector;
        private final CgroupIndex index;
        private final Points<T> points;
        private final T keyed;
        private final T gone;
        private final T other;

        Top(Metric metric, CollectorSnapshot collector, CgroupIndex index, Points<T> points) {
            this.metric = metric;
            this.collector = collector;
            this.index = index;
            this.points = points;
            this.keyed = points.labels(metric.labels(), metric.key());
            this.gone = points.labels(with(metric, GONE));
            this.other = points.labels(with(metric, OTHER));
        }

        private static List<Label> with(Metric metric, String key) {
            List<Label> labels = new ArrayList<>(metric.labels());
            labels.add(new Label(metric.key(), key));
            return labels;
        }

        @Override
        void tell(int cgroup) {
            int scale = scale(metric);
            long removed = 0;
            for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
                int word = metric.firstWord() + entry * Metric.TOP_ENTRY_WORDS;
                long id = collector.value(cgroup, word);
                long value = collector.value(cgroup, word + 1);
                int key = index.of(id);
                if (id != 0 && key >= 0) {
                    points.keyed(keyed, key, value, scale);
                } else {
                    removed += value;
                }
            }
            long rest = collector.value(cgroup, metric.firstWord() + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS);
            if (removed != 0) {
                points.number(gone, removed, scale);
            }
            if (rest != 0) {
                points.number(other, rest, scale);
            }
        }
    }
}
