// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.List;

/** Reads all totals of one collector from its result store. Not for two threads at once. */
interface TotalsReader extends AutoCloseable {
    /**
     * Reads what is there now; a flush meanwhile may change some of it.
     *
     * @param tree the cgroups there are, of which a store that is read by cgroup reads those
     * @param slots of an array, how many have been used
     * @throws dev.rstat.RstatException if the kernel refuses
     */
    void read(List<Cgroup> tree, int slots, Rows rows);

    /** Cgroups there is room for; 0 where there is no bound. */
    int maxEntries();

    @Override
    void close();
}
