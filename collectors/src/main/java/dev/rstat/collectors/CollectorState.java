// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * What a collector's BPF side says of itself: {@code struct rstat_state} of bpf/state.h and the occupancy of its maps. All but the map
 * sizes only grow while the collector is loaded.
 *
 * @param flushes through this project's files; those that other readers of cgroup files cause are not counted
 * @param flushNanoseconds time those took
 * @param lostEvents events that found no room for their cgroup and are counted nowhere
 * @param missingTotals times a total found no room: its counts are in its ancestors' totals only
 * @param entries cgroups with a total
 * @param maxEntries cgroups there is room for
 */
public record CollectorState(
        long flushes, long flushNanoseconds, long lostEvents, long missingTotals, int entries, int maxEntries) {}
