// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import dev.rstat.collectors.FilesAgentState;
import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.function.Supplier;

/** How the files agent fares. */
public final class FilesMetrics extends Collector {
    private final Supplier<FilesAgentState> state;

    public FilesMetrics(Supplier<FilesAgentState> state) {
        this.state = state;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        FilesAgentState now = state.get();
        return List.of(
                new CounterMetricFamily(
                        "rstat_files_events",
                        "Cgroups that were made, removed or freed, as the kernel told the files agent.",
                        now.events()),
                new CounterMetricFamily(
                        "rstat_files_dropped_events",
                        "Events that found the kernel's ring full; a look at all cgroups made up for them.",
                        now.dropped()),
                new CounterMetricFamily(
                        "rstat_files_rescans", "Looks of the files agent at all cgroups.", now.rescans()),
                new CounterMetricFamily("rstat_files_made", "Stats files made for cgroups that came.", now.made()),
                new CounterMetricFamily(
                        "rstat_files_unnamed_cgroups",
                        "Cgroups without stats files, their names being too long once escaped or not UTF-8.",
                        now.unnamed()),
                new CounterMetricFamily(
                        "rstat_files_unfound_cgroups",
                        "Cgroups without stats files, not found within a minute after the kernel told of them.",
                        now.unfound()),
                new CounterMetricFamily(
                        "rstat_files_failures", "Times the files agent failed and began anew.", now.failures()),
                new GaugeMetricFamily(
                        "rstat_files_dying_cgroups",
                        "Cgroups that were removed and that something keeps the kernel from freeing.",
                        now.dying()));
    }
}
