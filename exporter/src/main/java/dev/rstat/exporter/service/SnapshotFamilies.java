// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.CgroupfsSnapshot;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.CollectorState;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.exporter.snapshot.Reading;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** What a reading tells of the collectors themselves: from the same snapshot as the scrape's cgroup families. */
final class SnapshotFamilies {
    private static final double NANOSECONDS = 1e9;
    private static final List<String> COLLECTOR = List.of("collector");
    private static final List<String> PROGRAM = List.of("collector", "program");

    private final Clock clock;
    private final Path statsEnabled;
    private final Collection<String> expected;

    /** The collectors seen so far: when no snapshot can be taken, these are the ones that fail. */
    private volatile SequencedSet<String> seen = new TreeSet<>();

    /**
     * @param statsEnabled {@code /proc/sys/kernel/bpf_stats_enabled}
     * @param expected the collectors that fail when there has been no snapshot yet
     */
    SnapshotFamilies(Clock clock, Path statsEnabled, Collection<String> expected) {
        this.clock = clock;
        this.statsEnabled = statsEnabled;
        this.expected = List.copyOf(expected);
    }

    /** The names of all collectors there are, whether or not they can be read. */
    Collection<String> collectors() {
        return seen.isEmpty() ? expected : seen;
    }

    List<MetricFamilySamples> of(Reading reading) {
        List<MetricFamilySamples> families = new ArrayList<>();
        switch (reading) {
            case Reading.Failed _ -> families.add(success(List.of(), collectors()));
            case Reading.Taken taken -> addTaken(families, taken);
        }
        addStatsEnabled(families);
        return families;
    }

    private void addTaken(List<MetricFamilySamples> families, Reading.Taken taken) {
        List<CollectorSnapshot> collectors = taken.snapshot().collectors();
        Map<String, String> failures = taken.snapshot().failures();
        CgroupfsSnapshot cgroupfs = taken.snapshot().cgroupfs();
        List<String> names = new ArrayList<>();
        collectors.forEach(collector -> names.add(collector.schema().name()));
        if (cgroupfs != null) {
            names.add(CgroupfsCollector.NAME);
        }
        SequencedSet<String> all = new TreeSet<>(names);
        all.addAll(failures.keySet());
        seen = all;

        families.add(success(names, failures.keySet()));
        GaugeMetricFamily duration = gauge(
                collectors,
                "rstat_collector_duration_seconds",
                "Time it took to flush and read the collector.",
                collector -> collector.nanoseconds() / NANOSECONDS);
        if (cgroupfs != null) {
            duration.addMetric(List.of(CgroupfsCollector.NAME), cgroupfs.nanoseconds() / NANOSECONDS);
        }
        families.add(duration);
        GaugeMetricFamily age = new GaugeMetricFamily(
                "rstat_snapshot_age_seconds", "Time since the snapshot shown was taken.", List.of());
        age.addMetric(
                List.of(),
                Duration.between(taken.snapshot().time(), clock.instant()).toNanos() / NANOSECONDS);
        families.add(age);
        GaugeMetricFamily mode = new GaugeMetricFamily(
                "rstat_flush_mode",
                "1, with who adds up: the kernel's rstat tree, or a walk over all cgroups.",
                List.of("collector", "mode"));
        for (CollectorSnapshot collector : collectors) {
            mode.addMetric(List.of(collector.schema().name(), collector.mode().label()), 1);
        }
        families.add(mode);
        GaugeMetricFamily store = new GaugeMetricFamily(
                "rstat_result_store", "1, with where the totals are kept.", List.of("collector", "store"));
        for (CollectorSnapshot collector : collectors) {
            store.addMetric(List.of(collector.schema().name(), collector.store().label()), 1);
        }
        families.add(store);
        addStates(families, collectors);
        addPrograms(families, taken.programs());
    }

    private static void addStates(List<MetricFamilySamples> families, List<CollectorSnapshot> collectors) {
        families.add(
                counter(collectors, "rstat_flushes", "Flushes through this project's files.", CollectorState::flushes));
        families.add(counter(
                collectors,
                "rstat_flush_seconds",
                "Time spent in flushes through this project's files.",
                state -> state.flushNanoseconds() / NANOSECONDS));
        families.add(counter(
                collectors,
                "rstat_lost_events",
                "Events that could not be counted anywhere.",
                CollectorState::lostEvents));
        families.add(counter(
                collectors,
                "rstat_misplaced_events",
                "Events that found no room for their cgroup and are counted at an ancestor.",
                CollectorState::misplacedEvents));
        families.add(counter(
                collectors,
                "rstat_spilled_events",
                "Events that found cgroup local storage busy and went a longer way: nothing is lost.",
                CollectorState::spilledEvents));
        families.add(counter(
                collectors,
                "rstat_missing_totals",
                "Times a cgroup's total found no room: its counts are in its ancestors' only.",
                CollectorState::missingTotals));
        families.add(gauge(
                collectors,
                "rstat_map_entries",
                "Cgroups that have a total.",
                collector -> collector.state().entries()));
        families.add(gauge(
                collectors,
                "rstat_map_max_entries",
                "Cgroups that there is room for; 0 where there is no bound.",
                collector -> collector.state().maxEntries()));
    }

    private static void addPrograms(List<MetricFamilySamples> families, List<ProgramStats> programs) {
        CounterMetricFamily runs = new CounterMetricFamily(
                "rstat_bpf_program_runs", "Runs of the BPF program while kernel.bpf_stats_enabled was 1.", PROGRAM);
        CounterMetricFamily seconds = new CounterMetricFamily(
                "rstat_bpf_program_run_seconds", "Time spent in the runs that were counted.", PROGRAM);
        CounterMetricFamily misses = new CounterMetricFamily(
                "rstat_bpf_program_misses",
                "Runs skipped because the program was already running on that CPU.",
                PROGRAM);
        for (ProgramStats program : programs) {
            List<String> labels = List.of(program.collector(), program.program());
            runs.addMetric(labels, (double) program.runs());
            seconds.addMetric(labels, program.nanoseconds() / NANOSECONDS);
            misses.addMetric(labels, (double) program.misses());
        }
        families.addAll(List.of(runs, seconds, misses));
    }

    private void addStatsEnabled(List<MetricFamilySamples> families) {
        String value;
        try {
            value = Files.readString(statsEnabled).strip();
        } catch (IOException _) {
            // Kernels without it, and containers that hide it.
            return;
        }
        families.add(new GaugeMetricFamily(
                "rstat_bpf_stats_enabled",
                "Whether the kernel counts runs of BPF programs: sysctl kernel.bpf_stats_enabled.",
                value.equals("0") ? 0 : 1));
    }

    private static GaugeMetricFamily success(Collection<String> succeeded, Collection<String> failed) {
        GaugeMetricFamily family =
                new GaugeMetricFamily("rstat_collector_success", "Whether the collector could be read.", COLLECTOR);
        succeeded.forEach(name -> family.addMetric(List.of(name), 1));
        failed.forEach(name -> family.addMetric(List.of(name), 0));
        return family;
    }

    private static GaugeMetricFamily gauge(
            List<CollectorSnapshot> collectors, String name, String help, ToDoubleFunction<CollectorSnapshot> value) {
        GaugeMetricFamily family = new GaugeMetricFamily(name, help, COLLECTOR);
        for (CollectorSnapshot collector : collectors) {
            family.addMetric(List.of(collector.schema().name()), value.applyAsDouble(collector));
        }
        return family;
    }

    private static CounterMetricFamily counter(
            List<CollectorSnapshot> collectors, String name, String help, ToDoubleFunction<CollectorState> value) {
        CounterMetricFamily family = new CounterMetricFamily(name, help, COLLECTOR);
        for (CollectorSnapshot collector : collectors) {
            family.addMetric(List.of(collector.schema().name()), value.applyAsDouble(collector.state()));
        }
        return family;
    }
}
