// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import dev.rstat.RstatException;
import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Unit;
import java.util.ArrayList;
import java.util.List;

/** The demo's cgroups and the root, a line for each, children indented below their parent. */
final class DemoTable {
    /** What they are made of. */
    static final String COLLECTOR = "runqueue";

    private static final String HEADER =
            "%-24s %12s %14s %11s %11s".formatted("CGROUP", "SWITCHES/S", "PREEMPTIONS/S", "MEAN WAIT", "P99 WAIT");

    private DemoTable() {}

    static List<String> lines(Frame frame) {
        double[] switches = values(frame, "context_switches");
        double[] preemptions = values(frame, "preemptions");
        double[] waited = values(frame, "runqueue_latency");
        double[] waits = values(frame, "runqueue_latency.count");
        double[] longest = values(frame, "runqueue_latency.p99");
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (int i = 0; i < frame.cgroups().size(); i++) {
            Cgroup cgroup = frame.cgroups().get(i);
            if (isShown(cgroup.path())) {
                lines.add("%-24s %12s %14s %11s %11s"
                        .formatted(
                                name(cgroup),
                                Unit.PER_SECOND.text(switches[i]),
                                Unit.PER_SECOND.text(preemptions[i]),
                                Unit.SECONDS.text(waited[i] / waits[i]),
                                Unit.SECONDS.text(longest[i])));
            }
        }
        return lines;
    }

    private static double[] values(Frame frame, String key) {
        return frame.values(frame.stat(key).orElseThrow(() -> new RstatException(missing(frame))));
    }

    private static String missing(Frame frame) {
        String reason = frame.failures().get(COLLECTOR);
        return reason == null
                ? "the demo shows the collector %s, which is not loaded; load it: sudo rstat load".formatted(COLLECTOR)
                : "the collector %s cannot be read: %s".formatted(COLLECTOR, reason);
    }

    private static boolean isShown(String path) {
        String top = "/" + Workload.TOP;
        return path.equals("/") || path.equals(top) || path.startsWith(top + "/");
    }

    private static String name(Cgroup cgroup) {
        String name = cgroup.path().substring(cgroup.path().lastIndexOf('/') + 1);
        return "  ".repeat(cgroup.depth()) + (name.isEmpty() ? "/" : name);
    }
}
