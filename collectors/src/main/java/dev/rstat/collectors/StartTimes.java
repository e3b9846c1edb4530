// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * When the cgroups of one snapshot were made.
 *
 * @param boot when the machine booted, in nanoseconds since the epoch
 * @param created by cgroup, in nanoseconds since boot; 0 where it is not known. Not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; one snapshot's arrays are the next one's
record StartTimes(long boot, long[] created) {
    /** Of cgroups of which nothing is known but that they were made since boot. */
    static StartTimes unknown(long boot, int cgroups) {
        return new StartTimes(boot, new long[cgroups]);
    }

    /**
     * The later of two moments, when a cgroup was made and another.
     *
     * @param began the other, in nanoseconds since boot
     * @return nanoseconds since the epoch
     */
    long notBefore(int cgroup, long began) {
        return boot + Math.max(created[cgroup], began);
    }
}
