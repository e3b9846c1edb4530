// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Metric;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one collector counted between two snapshots. Without a total a cgroup had no event: 0. What was not there in the earlier snapshot
 * began at 0 after it. Where the collector itself was not, or began anew since, nothing is known.
 */
final class CollectorDelta {
    /** Not known: a counter does not grow by that much. */
    static final long UNKNOWN = -1;

    private final CollectorSnapshot later;
    private final @Nullable CollectorSnapshot earlier;
    private final int[] before;

    /**
     * @param earlier null if it could not be read
     * @param before by cgroup its index in the earlier snapshot, or -1
     */
    CollectorDelta(@Nullable CollectorSnapshot earlier, CollectorSnapshot later, int[] before) {
        this.later = later;
        this.earlier = earlier != null && goesOn(earlier, later) ? earlier : null;
        this.before = before;
    }

    /**
     * Whether later totals include the earlier ones. The root was there at all times, so when it began to count is when the collector did;
     * that moves when the clock was set as well, and then nobody knows how long the interval was.
     */
    private static boolean goesOn(CollectorSnapshot earlier, CollectorSnapshot later) {
        return earlier.startNanos(0) == later.startNanos(0)
                && earlier.schema().metrics().equals(later.schema().metrics());
    }

    CollectorSchema schema() {
        return later.schema();
    }

    /** False if either reading was not of one moment. */
    boolean consistent() {
        return later.consistent() && (earlier == null || earlier.consistent());
    }

    /** How much a word grew; {@link #UNKNOWN} also where it went back. */
    long growth(int cgroup, int word) {
        if (earlier == null) {
            return UNKNOWN;
        }
        long now = value(later, cgroup, word);
        long then = value(earlier, before[cgroup], word);
        return Long.compareUnsigned(now, then) >= 0 ? now - then : UNKNOWN;
    }

    /** What a histogram observed, by bucket; empty where it is not known. */
    long[] observations(int cgroup, Metric histogram) {
        long[] buckets = new long[Metric.BUCKETS];
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            buckets[bucket] = growth(cgroup, histogram.firstWord() + 1 + bucket);
            if (buckets[bucket] == UNKNOWN) {
                return new long[0];
            }
        }
        return buckets;
    }

    /** How many a histogram observed, or {@link #UNKNOWN}. */
    long count(int cgroup, Metric histogram) {
        long[] observations = observations(cgroup, histogram);
        return observations.length == 0 ? UNKNOWN : Arrays.stream(observations).sum();
    }

    /** How much the whole of a split counter grew, or {@link #UNKNOWN}: its parts may go over into the rest. */
    long whole(int cgroup, Metric split) {
        if (earlier == null) {
            return UNKNOWN;
        }
        long growth = sum(later, cgroup, split) - sum(earlier, before[cgroup], split);
        return growth >= 0 ? growth : UNKNOWN;
    }

    private static long sum(CollectorSnapshot snapshot, int cgroup, Metric split) {
        long sum = value(snapshot, cgroup, split.firstWord() + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS);
        for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
            sum += value(snapshot, cgroup, split.firstWord() + entry * Metric.TOP_ENTRY_WORDS + 1);
        }
        return sum;
    }

    /** The other cgroup that has a place in a split counter, by its id; 0 if the place is free. */
    long other(int cgroup, Metric split, int entry) {
        return value(later, cgroup, split.firstWord() + entry * Metric.TOP_ENTRY_WORDS);
    }

    /**
     * How much the part in that place grew. It counts from when it got the place: one that lost it since the earlier snapshot and has it
     * again has counted all it says since, and what it had before is in the rest.
     */
    long part(int cgroup, Metric split, int entry) {
        long id = other(cgroup, split, entry);
        long now = value(later, cgroup, split.firstWord() + entry * Metric.TOP_ENTRY_WORDS + 1);
        int then = before[cgroup];
        if (earlier == null || then < 0 || !earlier.has(then)) {
            return now;
        }
        for (int place = 0; place < Metric.TOP_ENTRIES; place++) {
            int word = split.firstWord() + place * Metric.TOP_ENTRY_WORDS;
            long value = earlier.value(then, word + 1);
            if (earlier.value(then, word) == id && Long.compareUnsigned(now, value) >= 0) {
                return now - value;
            }
        }
        return now;
    }

    /** NaN where there is none: of a largest value or gauge, no event does not mean 0. */
    double level(int cgroup, Metric metric) {
        if (!later.has(cgroup)) {
            return Double.NaN;
        }
        if (metric.type() == Metric.Type.GAUGE) {
            return later.value(cgroup, metric.firstWord()) / metric.unit().perBaseUnit();
        }
        return unsigned(later.maximum(cgroup, metric.firstWord()))
                / metric.unit().perBaseUnit();
    }

    private static long value(CollectorSnapshot snapshot, int cgroup, int word) {
        return cgroup >= 0 && snapshot.has(cgroup) ? snapshot.value(cgroup, word) : 0;
    }

    private static double unsigned(long word) {
        return word >= 0 ? word : ((word >>> 1) | (word & 1)) * 2.0;
    }
}
