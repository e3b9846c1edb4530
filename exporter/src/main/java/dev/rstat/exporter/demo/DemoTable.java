// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The demo's cgroups and the root, a line for each, children indented below their parent. */
final class DemoTable {
    private static final String HEADER =
            "%-24s %12s %14s %11s %11s".formatted("CGROUP", "SWITCHES/S", "PREEMPTIONS/S", "MEAN WAIT", "P99 WAIT");

    private DemoTable() {}

    /** What happened between two snapshots. */
    static List<String> lines(Snapshot earlier, Snapshot later) {
        Map<Long, RunqueueDelta> before = RunqueueDelta.totals(earlier);
        Map<Long, RunqueueDelta> after = RunqueueDelta.totals(later);
        double seconds = Duration.between(earlier.time(), later.time()).toNanos() / 1e9;
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (Cgroup cgroup : later.cgroups()) {
            RunqueueDelta total = after.get(cgroup.id());
            if (total != null && isShown(cgroup.path())) {
                RunqueueDelta since = before.get(cgroup.id());
                lines.add(line(cgroup, since == null ? total : total.minus(since), seconds));
            }
        }
        return lines;
    }

    private static boolean isShown(String path) {
        String top = "/" + Workload.TOP;
        return path.equals("/") || path.equals(top) || path.startsWith(top + "/");
    }

    private static String line(Cgroup cgroup, RunqueueDelta delta, double seconds) {
        String name = cgroup.path().substring(cgroup.path().lastIndexOf('/') + 1);
        return "%-24s %12s %14s %11s %11s"
                .formatted(
                        "  ".repeat(cgroup.depth()) + (name.isEmpty() ? "/" : name),
                        rate(delta.switches(), seconds),
                        rate(delta.preemptions(), seconds),
                        time(delta.meanWait()),
                        time(delta.waitQuantile(0.99)));
    }

    private static String rate(long count, double seconds) {
        return String.format(Locale.ROOT, "%.0f", count / seconds);
    }

    /** Three significant digits in the unit that suits. */
    private static String time(Optional<Double> seconds) {
        if (seconds.isEmpty()) {
            return "-";
        }
        double value = seconds.get();
        if (value >= 1) {
            return significant(value) + " s";
        }
        return value >= 1e-3 ? significant(value * 1e3) + " ms" : significant(value * 1e6) + " us";
    }

    private static String significant(double value) {
        int places = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + places + "f", value);
    }
}
