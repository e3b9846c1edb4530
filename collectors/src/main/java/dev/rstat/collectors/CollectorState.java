// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * What a collector's BPF side says of itself: {@code struct rstat_state} of bpf/state.h and the occupancy of its maps. All but the map
 * sizes only grow while the collector is loaded.
 *
 * @param flushes through this project's files; those that other readers of cgroup files cause are not counted
 * @param flushNanoseconds time those took
 * @param lostEvents events that could not be counted anywhere
 * @param misplacedEvents events that found no room for their cgroup and are counted at an ancestor
 * @param spilledEvents events that found local storage busy and were counted in a hash map: nothing is lost
 * @param missingTotals times a total found no room: its counts are in its ancestors' totals only
 * @param window number of the read window, see {@link Metric.Type#MAX}
 * @param entries cgroups with a total
 * @param maxEntries cgroups there is room for; 0 where there is no bound
 */
public record CollectorState(
        long flushes,
        long flushNanoseconds,
        long lostEvents,
        long misplacedEvents,
        long spilledEvents,
        long missingTotals,
        long window,
        int entries,
        int maxEntries) {}
