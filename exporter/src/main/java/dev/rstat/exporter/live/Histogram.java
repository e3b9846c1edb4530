// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.Metric;

/**
 * A histogram of each cgroup. Its buckets' bounds are powers of two.
 *
 * @param key as of the {@link Stat} of its sum
 * @param title a few words
 * @param unit of what is observed
 * @param help one sentence
 * @param collector whose it is
 * @param metric where it is in the collector's struct
 */
public record Histogram(String key, String title, Unit unit, String help, String collector, Metric metric) {
    public int buckets() {
        return Metric.BUCKETS;
    }

    /** The inclusive upper bound of a bucket, in {@link #unit}; that of the last is infinite. */
    public double upperBound(int bucket) {
        return metric.upperBound(bucket);
    }

    /**
     * What this share of observations does not exceed, as PromQL's histogram_quantile() has it: linear within a bucket, and the last
     * finite bound for what is above it.
     *
     * @param observations in each bucket, see {@link Frame#observations}
     * @param quantile 0 to 1
     * @return NaN if there is no observation
     */
    public double quantile(long[] observations, double quantile) {
        return quantile(metric, observations, quantile);
    }

    static double quantile(Metric metric, long[] observations, double quantile) {
        double count = 0;
        for (long bucket : observations) {
            count += bucket;
        }
        if (count == 0) {
            return Double.NaN;
        }
        double rank = quantile * count;
        double below = 0;
        for (int bucket = 0; bucket < observations.length - 1; bucket++) {
            if (observations[bucket] > 0 && below + observations[bucket] >= rank) {
                double lower = bucket == 0 ? 0 : metric.upperBound(bucket - 1);
                double share = (rank - below) / observations[bucket];
                return lower + (metric.upperBound(bucket) - lower) * share;
            }
            below += observations[bucket];
        }
        return metric.upperBound(observations.length - 2);
    }
}
