// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static dev.rstat.collectors.CgroupFile.CGROUP_STAT;
import static dev.rstat.collectors.CgroupFile.CPU_PRESSURE;
import static dev.rstat.collectors.CgroupFile.CPU_STAT;
import static dev.rstat.collectors.CgroupFile.IO_PRESSURE;
import static dev.rstat.collectors.CgroupFile.IO_STAT;
import static dev.rstat.collectors.CgroupFile.MEMORY_CURRENT;
import static dev.rstat.collectors.CgroupFile.MEMORY_EVENTS;
import static dev.rstat.collectors.CgroupFile.MEMORY_PRESSURE;
import static dev.rstat.collectors.CgroupFile.MEMORY_STAT;
import static dev.rstat.collectors.CgroupFile.PIDS_CURRENT;
import static dev.rstat.collectors.CgroupFile.PIDS_EVENTS;
import static dev.rstat.collectors.CgroupFile.PIDS_MAX;

import java.util.ArrayList;
import java.util.List;

/**
 * Which number of which file is which sample. What a kernel adds to its files is left out until it has a line here: whether it only
 * grows, and what it counts in, cannot be told from the file.
 */
final class CgroupfsTable {
    /** Where a number is written. */
    record Source(CgroupFile file, String key) {}

    static final CgroupfsTable TABLE = new CgroupfsTable();

    private final List<CgroupfsFamily> families = new ArrayList<>();
    private final List<Source> columns = new ArrayList<>();
    private final List<Source> deviceColumns = new ArrayList<>();

    private CgroupfsTable() {
        number("cgroup_cpu_usage_seconds_total", "CPU time used.", CPU_STAT, "usage_usec");
        number("cgroup_cpu_user_seconds_total", "CPU time used in user mode.", CPU_STAT, "user_usec");
        number("cgroup_cpu_system_seconds_total", "CPU time used in the kernel.", CPU_STAT, "system_usec");
        number("cgroup_cpu_periods_total", "Enforcement periods of cpu.max that have passed.", CPU_STAT, "nr_periods");
        number(
                "cgroup_cpu_throttled_periods_total",
                "Periods in which cpu.max kept tasks from running.",
                CPU_STAT,
                "nr_throttled");
        number(
                "cgroup_cpu_throttled_seconds_total",
                "Time cpu.max kept tasks from running, added up over CPUs.",
                CPU_STAT,
                "throttled_usec");

        number("cgroup_memory_current_bytes", "Memory used by the cgroup and its descendants.", MEMORY_CURRENT, "");
        keys(
                "cgroup_memory_stat_bytes",
                "Memory by what it is used for, of memory.stat. Some types are parts of others.",
                "type",
                MEMORY_STAT,
                "anon",
                "file",
                "kernel",
                "kernel_stack",
                "pagetables",
                "sec_pagetables",
                "percpu",
                "sock",
                "vmalloc",
                "shmem",
                "zswap",
                "zswapped",
                "file_mapped",
                "file_dirty",
                "file_writeback",
                "swapcached",
                "anon_thp",
                "file_thp",
                "shmem_thp",
                "inactive_anon",
                "active_anon",
                "inactive_file",
                "active_file",
                "unevictable",
                "slab_reclaimable",
                "slab_unreclaimable",
                "slab");
        keys(
                "cgroup_memory_stat_total",
                "Events by type, of memory.stat: faults, and pages that reclaim and the page cache dealt with.",
                "type",
                MEMORY_STAT,
                "pgfault",
                "pgmajfault",
                "workingset_refault_anon",
                "workingset_refault_file",
                "workingset_activate_anon",
                "workingset_activate_file",
                "workingset_restore_anon",
                "workingset_restore_file",
                "workingset_nodereclaim",
                "pgscan",
                "pgsteal",
                "pgscan_kswapd",
                "pgscan_direct",
                "pgsteal_kswapd",
                "pgsteal_direct",
                "pgrefill",
                "pgactivate",
                "pgdeactivate",
                "pglazyfree",
                "pglazyfreed",
                "zswpin",
                "zswpout",
                "zswpwb",
                "thp_fault_alloc",
                "thp_collapse_alloc");
        keys(
                "cgroup_memory_events_total",
                "Times the cgroup's or a descendant's memory came to a limit, by event, of memory.events.",
                "event",
                MEMORY_EVENTS,
                "low",
                "high",
                "max",
                "oom",
                "oom_kill",
                "oom_group_kill",
                "sock_throttled");

        device("cgroup_io_read_bytes_total", "Bytes read from the device.", "rbytes");
        device("cgroup_io_written_bytes_total", "Bytes written to the device.", "wbytes");
        device("cgroup_io_discarded_bytes_total", "Bytes discarded on the device.", "dbytes");
        device("cgroup_io_reads_total", "Reads from the device.", "rios");
        device("cgroup_io_writes_total", "Writes to the device.", "wios");
        device("cgroup_io_discards_total", "Discards on the device.", "dios");

        number("cgroup_pids_current", "Tasks in the cgroup and its descendants.", PIDS_CURRENT, "");
        number("cgroup_pids_max", "Tasks allowed; no sample where there is no limit.", PIDS_MAX, "");
        keys(
                "cgroup_pids_events_total",
                "Times a limit on tasks was come to, by event, of pids.events.",
                "event",
                PIDS_EVENTS,
                "max");

        pressure(
                "cgroup_pressure_waiting_seconds_total",
                "Time in which at least one task waited for the resource.",
                "some",
                CPU_PRESSURE,
                MEMORY_PRESSURE,
                IO_PRESSURE);
        // Not of the CPU: its line is there so that the files look alike, and means nothing for the root
        // (Documentation/accounting/psi.rst).
        pressure(
                "cgroup_pressure_stalled_seconds_total",
                "Time in which no task did anything but wait for the resource.",
                "full",
                MEMORY_PRESSURE,
                IO_PRESSURE);

        number("cgroup_descendants", "Cgroups below this one.", CGROUP_STAT, "nr_descendants");
        number(
                "cgroup_dying_descendants",
                "Removed cgroups below this one that the kernel still holds.",
                CGROUP_STAT,
                "nr_dying_descendants");
    }

    private void number(String name, String help, CgroupFile file, String key) {
        families.add(new CgroupfsFamily(name, help, "", List.of(""), columns.size()));
        columns.add(new Source(file, key));
    }

    private void keys(String name, String help, String label, CgroupFile file, String... keys) {
        families.add(new CgroupfsFamily(name, help, label, List.of(keys), columns.size()));
        for (String key : keys) {
            columns.add(new Source(file, key));
        }
    }

    private void pressure(String name, String help, String line, CgroupFile... files) {
        List<String> resources = new ArrayList<>();
        int first = columns.size();
        for (CgroupFile file : files) {
            resources.add(file.toString().replace(".pressure", ""));
            columns.add(new Source(file, line));
        }
        families.add(new CgroupfsFamily(name, help, "resource", resources, first));
    }

    private void device(String name, String help, String key) {
        families.add(new CgroupfsFamily(name, help, CgroupfsFamily.DEVICE, List.of(), deviceColumns.size()));
        deviceColumns.add(new Source(IO_STAT, key));
    }

    List<CgroupfsFamily> families() {
        return List.copyOf(families);
    }

    /** The sources of {@link CgroupfsSnapshot#value}'s columns. */
    List<Source> columns() {
        return List.copyOf(columns);
    }

    /** The sources of {@link CgroupfsSnapshot#deviceValue}'s columns. */
    List<Source> deviceColumns() {
        return List.copyOf(deviceColumns);
    }
}
