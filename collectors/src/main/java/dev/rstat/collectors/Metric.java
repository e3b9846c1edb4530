// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.List;

/**
 * One field of a collector's C struct, as its {@code RSTAT_METRIC} describes it.
 *
 * @param field the field's name in the C struct
 * @param name the metric's name as Prometheus has it
 * @param unit what the BPF side counts in
 * @param help one sentence
 * @param firstWord index of the field's first u64 among the words of the struct
 * @param labels that tell this field from others of the same name
 * @param key of a {@link Type#TOP}: the label that has the other cgroup's path; else empty
 * @param ownFlush whether the collector's own flush function puts this field together
 */
public record Metric(
        String field,
        String name,
        Type type,
        Unit unit,
        String help,
        int firstWord,
        List<Label> labels,
        String key,
        boolean ownFlush) {
    /** Entries of a {@link Type#TOP}; {@code RSTAT_TOP} of bpf/top.h. */
    public static final int TOP_ENTRIES = 8;

    /** Words of each: the key, the value, the weight. */
    public static final int TOP_ENTRY_WORDS = 3;

    public Metric {
        labels = List.copyOf(labels);
    }

    /** One without labels. */
    public Metric(String field, String name, Type type, Unit unit, String help, int firstWord) {
        this(field, name, type, unit, help, firstWord, List.of(), "", false);
    }

    /** Buckets of every histogram; the last is +Inf. {@code RSTAT_BUCKETS} of bpf/histogram.h. */
    public static final int BUCKETS = 32;

    /** A metric's kind and its layout in words. */
    public enum Type {
        /** One word, which only grows. */
        COUNTER(1),
        /** One word, signed. */
        GAUGE(1),
        /** The sum of the values, then {@link #BUCKETS} counts, each of its own bucket only. */
        HISTOGRAM(1 + BUCKETS),
        /** The largest value of late: the number of a read window, the largest in it, the largest in the one before. */
        MAX(3),
        /** A counter split by another cgroup: {@link #TOP_ENTRIES} times id, value and weight, then the value of all others. */
        TOP(TOP_ENTRIES * TOP_ENTRY_WORDS + 1);

        private final int words;

        Type(int words) {
            this.words = words;
        }

        public int words() {
            return words;
        }
    }

    /** The unit of values in BPF; exposed values are in base units. */
    public enum Unit {
        NONE("", 1, 0),
        BYTES("bytes", 1, 0),
        /** Exposed in seconds. Histogram bounds are 2^-24 s to 2^6 s. */
        NANOSECONDS("ns", 1e9, -24);

        private final String suffix;
        private final double perBaseUnit;
        private final int firstExponent;

        Unit(String suffix, double perBaseUnit, int firstExponent) {
            this.suffix = suffix;
            this.perBaseUnit = perBaseUnit;
            this.firstExponent = firstExponent;
        }

        /** The unit as stats files abbreviate it and as the C struct's tag has it; empty for none. */
        public String suffix() {
            return suffix;
        }

        /** How many of this unit make one of the exposed base unit. */
        public double perBaseUnit() {
            return perBaseUnit;
        }
    }

    /**
     * The inclusive upper bound of a bucket in the exposed base unit: a power of two, so exact as a double and the same bound as in
     * native histograms of schema 0 and exponential histograms of scale 0.
     *
     * @param bucket 0 to {@link #BUCKETS} - 1; the last is +Inf
     */
    public double upperBound(int bucket) {
        return bucket == BUCKETS - 1 ? Double.POSITIVE_INFINITY : Math.scalb(1.0, unit.firstExponent + bucket);
    }

    /**
     * The largest integer, in the unit BPF counts in, that falls in a bucket or one below it: the floor of its bound.
     *
     * @param bucket 0 to {@link #BUCKETS} - 2
     */
    public long upperBoundFloor(int bucket) {
        return switch (unit) {
            // 2^(bucket - 24) s is 5^9 * 2^(bucket - 15) ns; bpf/histogram.h has the same.
            case NANOSECONDS -> (1_953_125L << bucket) >> 15;
            case NONE, BYTES -> 1L << bucket;
        };
    }
}
