// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import dev.rstat.exporter.selection.SelectedCgroups.Reason;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;

/** What a selection tells of itself, so that nobody takes a part for the whole. */
public final class SelectionFamilies {
    private SelectionFamilies() {}

    /** {@code rstat_cgroups} and, for every reason, {@code rstat_cgroups_cut}. */
    public static List<MetricFamilySamples> of(SelectedCgroups selected) {
        GaugeMetricFamily exposed =
                new GaugeMetricFamily("rstat_cgroups", "Cgroups that have series of their own.", selected.size());
        GaugeMetricFamily cut = new GaugeMetricFamily(
                "rstat_cgroups_cut",
                "Cgroups without series of their own; their counts are in their ancestors' totals.",
                List.of("reason"));
        for (Reason reason : Reason.values()) {
            cut.addMetric(List.of(reason.label()), selected.cut(reason));
        }
        return List.of(exposed, cut);
    }
}
