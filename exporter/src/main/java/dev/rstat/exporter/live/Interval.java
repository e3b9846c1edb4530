// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

/**
 * The time between two snapshots.
 *
 * @param seconds not positive if the clock was set back meanwhile
 */
record Interval(double seconds) {
    /**
     * @param growth of a counter, or negative if not known
     * @param perBaseUnit how many of what it counts make one of the unit to show
     * @return NaN if not known
     */
    double rate(long growth, double perBaseUnit) {
        return growth < 0 || seconds <= 0 ? Double.NaN : growth / perBaseUnit / seconds;
    }
}
