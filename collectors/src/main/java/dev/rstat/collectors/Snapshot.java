// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The totals of all cgroups at one moment: immutable, shared by whoever asks within its lifetime.
 *
 * <p>Within one collector all values belong to one moment between two flushes, and every parent holds the sum of its children and its
 * own: that is what {@link CollectorSnapshot#consistent()} says. Between collectors there may be microseconds.
 *
 * @param time when it was complete
 * @param cgroups all live cgroups, parents before children, sorted by path within a parent
 * @param collectors those that could be read, in the order of their names
 * @param index finds a cgroup by its id
 * @param failures of the others: collector to reason
 * @param cgroupfs what the kernel's own files said; null if they were not read
 */
public record Snapshot(
        Instant time,
        List<Cgroup> cgroups,
        CgroupIndex index,
        List<CollectorSnapshot> collectors,
        Map<String, String> failures,
        @Nullable CgroupfsSnapshot cgroupfs) {
    public Snapshot {
        cgroups = List.copyOf(cgroups);
        collectors = List.copyOf(collectors);
        failures = Map.copyOf(failures);
    }

    /** Of loaded collectors only. */
    public Snapshot(
            Instant time, List<Cgroup> cgroups, List<CollectorSnapshot> collectors, Map<String, String> failures) {
        this(time, cgroups, new CgroupIndex(cgroups), collectors, failures, null);
    }
}
