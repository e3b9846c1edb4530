// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.CgroupfsFamily;
import dev.rstat.collectors.CgroupfsSnapshot;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What the kernel's own files said between two snapshots, as far as people look at it first. */
final class CgroupfsDelta {
    private final CgroupfsSnapshot later;
    private final @Nullable CgroupfsSnapshot earlier;
    private final int[] before;
    private final Interval interval;

    /**
     * @param earlier null if the files were not read
     * @param before by cgroup its index in the earlier snapshot, or -1
     */
    CgroupfsDelta(@Nullable CgroupfsSnapshot earlier, CgroupfsSnapshot later, int[] before, Interval interval) {
        this.later = later;
        // The root was there before: where its counters seem to have begun at another time the clock was set.
        this.earlier = earlier != null && earlier.startNanos(0) == later.startNanos(0) ? earlier : null;
        this.before = before;
        this.interval = interval;
    }

    void addTo(Derivation stats) {
        add(stats, "cpu", "CPU", Unit.CORES, "cgroup_cpu_usage_seconds_total", "");
        add(stats, "cpu_user", "CPU in user mode", Unit.CORES, "cgroup_cpu_user_seconds_total", "");
        add(stats, "cpu_system", "CPU in the kernel", Unit.CORES, "cgroup_cpu_system_seconds_total", "");
        add(stats, "cpu_throttled", "CPU throttled", Unit.SECONDS_PER_SECOND, "cgroup_cpu_throttled_seconds_total", "");
        add(stats, "memory", "memory", Unit.BYTES, "cgroup_memory_current_bytes", "");
        add(stats, "memory_anon", "memory, anonymous", Unit.BYTES, "cgroup_memory_stat_bytes", "anon");
        add(stats, "memory_file", "memory, page cache", Unit.BYTES, "cgroup_memory_stat_bytes", "file");
        add(stats, "major_faults", "major faults", Unit.PER_SECOND, "cgroup_memory_stat_total", "pgmajfault");
        add(stats, "memory_limit_hits", "memory limit hits", Unit.PER_SECOND, "cgroup_memory_events_total", "max");
        addDevices(
                stats,
                "io_bytes",
                "IO",
                Unit.BYTES_PER_SECOND,
                "Bytes read from devices and written to them.",
                true,
                true);
        addDevices(stats, "io_read_bytes", "IO read", Unit.BYTES_PER_SECOND, "Bytes read from devices.", true, false);
        addDevices(
                stats,
                "io_written_bytes",
                "IO written",
                Unit.BYTES_PER_SECOND,
                "Bytes written to devices.",
                false,
                true);
        add(stats, "tasks", "tasks", Unit.NUMBER, "cgroup_pids_current", "");
        for (String resource : List.of("cpu", "memory", "io")) {
            add(
                    stats,
                    "pressure." + resource,
                    "pressure " + resource,
                    Unit.RATIO,
                    "cgroup_pressure_waiting_seconds_total",
                    resource);
        }
        for (String resource : List.of("memory", "io")) {
            add(
                    stats,
                    "stalled." + resource,
                    "stalled " + resource,
                    Unit.RATIO,
                    "cgroup_pressure_stalled_seconds_total",
                    resource);
        }
    }

    private void add(Derivation stats, String key, String title, Unit unit, String family, String label) {
        CgroupfsFamily found = family(family);
        int column = found.firstColumn() + found.values().indexOf(label);
        IntToDoubleFunction values = found.isCounter()
                ? cgroup -> interval.rate(growth(cgroup, column), Math.pow(10, found.scale()))
                : cgroup -> level(cgroup, column);
        stats.add(new Stat(key, title, unit, found.help(), CgroupfsCollector.NAME), values);
    }

    private void addDevices(
            Derivation stats, String key, String title, Unit unit, String help, boolean read, boolean written) {
        int reads = family("cgroup_io_read_bytes_total").firstColumn();
        int writes = family("cgroup_io_written_bytes_total").firstColumn();
        stats.add(new Stat(key, title, unit, help, CgroupfsCollector.NAME), cgroup -> {
            long growth = 0;
            if (read) {
                growth = sum(growth, deviceGrowth(cgroup, reads));
            }
            return interval.rate(written ? sum(growth, deviceGrowth(cgroup, writes)) : growth, 1);
        });
    }

    private static CgroupfsFamily family(String name) {
        return CgroupfsSnapshot.families().stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private double level(int cgroup, int column) {
        long value = later.value(cgroup, column);
        return value == CgroupfsSnapshot.ABSENT ? Double.NaN : value;
    }

    private long growth(int cgroup, int column) {
        long now = later.value(cgroup, column);
        if (earlier == null || now == CgroupfsSnapshot.ABSENT) {
            return CollectorDelta.UNKNOWN;
        }
        if (before[cgroup] < 0) {
            return now;
        }
        long then = earlier.value(before[cgroup], column);
        return then == CgroupfsSnapshot.ABSENT || now < then ? CollectorDelta.UNKNOWN : now - then;
    }

    /** Over all devices. One that comes was at 0; not known for a cgroup that never had to do with any. */
    private long deviceGrowth(int cgroup, int column) {
        if (earlier == null || later.firstEntry(cgroup) == later.firstEntry(cgroup + 1)) {
            return CollectorDelta.UNKNOWN;
        }
        long growth = 0;
        for (int entry = later.firstEntry(cgroup); entry < later.firstEntry(cgroup + 1); entry++) {
            long now = later.deviceValue(entry, column);
            if (now != CgroupfsSnapshot.ABSENT) {
                long then = deviceValue(earlier, before[cgroup], later.device(entry), column);
                growth = sum(growth, now < then ? CollectorDelta.UNKNOWN : now - then);
            }
        }
        return growth;
    }

    private static long deviceValue(CgroupfsSnapshot snapshot, int cgroup, long device, int column) {
        if (cgroup >= 0) {
            for (int entry = snapshot.firstEntry(cgroup); entry < snapshot.firstEntry(cgroup + 1); entry++) {
                if (snapshot.device(entry) == device) {
                    return Math.max(0, snapshot.deviceValue(entry, column));
                }
            }
        }
        return 0;
    }

    private static long sum(long one, long other) {
        return one < 0 || other < 0 ? CollectorDelta.UNKNOWN : one + other;
    }
}
