// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.util.Collection;

/**
 * A measured quantity: what half of the repetitions were below, and between what the middle half of them were. What a busy machine does to
 * some repetitions moves these little.
 *
 * @param repetitions how many there were, at least one
 */
public record Quartiles(double lower, double median, double upper, int repetitions) {
    /** Of at least one repetition. Between two of them it interpolates, as spreadsheets do. */
    public static Quartiles of(Collection<Double> repetitions) {
        double[] sorted =
                repetitions.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        return new Quartiles(quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75), sorted.length);
    }

    /** What needs no repetition, such as a size. */
    public static Quartiles exactly(double value) {
        return new Quartiles(value, value, value, 1);
    }

    private static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
