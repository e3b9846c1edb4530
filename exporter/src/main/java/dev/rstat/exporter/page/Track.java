// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import dev.rstat.collectors.Metric;
import java.util.List;

/** What one cgroup did in each step of a {@link History}, the oldest first. */
final class Track {
    private final long[] endMillis;
    private final double[] seconds;
    private final double[][] values;
    private final double[][] observations;

    Track(int steps, int stats) {
        endMillis = new long[steps];
        seconds = new double[steps];
        values = new double[stats][steps];
        observations = new double[steps][Metric.BUCKETS];
    }

    /**
     * @param columns of the stats, -1 for one that is not kept
     * @param histogram its number, or -1
     */
    void put(int at, Step step, long id, List<Integer> columns, int histogram) {
        endMillis[at] = step.endMillis();
        seconds[at] = step.seconds();
        for (int stat = 0; stat < values.length; stat++) {
            values[stat][at] = columns.get(stat) < 0 ? 0 : step.value(id, columns.get(stat));
        }
        if (histogram >= 0) {
            step.addObservations(id, histogram, observations[at]);
        }
    }

    int steps() {
        return endMillis.length;
    }

    /** When a step ended, since the epoch. */
    long endMillis(int step) {
        return endMillis[step];
    }

    double seconds(int step) {
        return seconds[step];
    }

    /**
     * The mean of the step.
     *
     * @param stat index among those asked for
     */
    double value(int stat, int step) {
        return values[stat][step];
    }

    /** How many the histogram had in a bucket. */
    double observations(int step, int bucket) {
        return observations[step][bucket];
    }
}
