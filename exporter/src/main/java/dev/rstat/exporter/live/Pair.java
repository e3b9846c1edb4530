// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

/**
 * What one cgroup did to another, per second.
 *
 * @param victim index in {@link Frame#cgroups()}
 * @param aggressor index there, or {@link #REMOVED} or {@link #OTHER}
 * @param value more than 0, in the {@link Split}'s unit
 */
public record Pair(int victim, int aggressor, double value) {
    /** In the place of aggressors that are gone, all together. */
    public static final int REMOVED = -1;

    /** In the place of all that are not among the largest. */
    public static final int OTHER = -2;
}
