// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Metric;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Which buckets of a histogram of time are shown where buckets are cumulative counts with a bound each: 32 series of every histogram of
 * every cgroup are more than most can pay for. Native histograms have all of them.
 *
 * @param bounds in seconds, each rounded to the nearest bound that the histograms have, a power of two; none for all
 */
public record ClassicBuckets(List<Double> bounds) {
    public static final ClassicBuckets ALL = new ClassicBuckets(List.of());

    /** Ten with +Inf: 15 us to 1 s, each four times the one before; what is fast differs less than what is slow. */
    public static final ClassicBuckets DEFAULT = new ClassicBuckets(
            IntStream.rangeClosed(-8, 0).mapToObj(i -> Math.scalb(1.0, 2 * i)).toList());

    /**
     * @throws IllegalArgumentException if a bound is not a positive number
     */
    public ClassicBuckets {
        bounds = List.copyOf(bounds);
        for (double bound : bounds) {
            if (!(bound > 0 && bound < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("a bucket's bound is a number of seconds above 0, not " + bound);
            }
        }
    }

    /** The buckets of a histogram to show, ascending; the last is +Inf. Those of histograms of anything but time are all shown. */
    int[] of(Metric metric) {
        IntStream all = IntStream.range(0, Metric.BUCKETS);
        if (bounds.isEmpty() || metric.unit() != Metric.Unit.NANOSECONDS) {
            return all.toArray();
        }
        double first = metric.upperBound(0);
        IntStream chosen = bounds.stream()
                .mapToInt(bound -> (int) Math.rint(Math.log(bound / first) / Math.log(2)))
                .map(bucket -> Math.clamp(bucket, 0, Metric.BUCKETS - 2));
        return IntStream.concat(chosen, IntStream.of(Metric.BUCKETS - 1))
                .sorted()
                .distinct()
                .toArray();
    }

    /** As the option has it. */
    @Override
    public String toString() {
        return bounds.isEmpty()
                ? "all"
                : DoubleStream.of(bounds.stream().mapToDouble(bound -> bound).toArray())
                        .mapToObj(Double::toString)
                        .collect(Collectors.joining(","));
    }
}
