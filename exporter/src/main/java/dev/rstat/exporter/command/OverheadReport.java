// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.Overhead;
import java.util.List;
import java.util.Locale;

/** What collectors take of the host's time, for people and for programs. */
final class OverheadReport {
    private OverheadReport() {}

    private static double total(List<Overhead> all) {
        return all.stream().mapToDouble(Overhead::percent).sum();
    }

    /**
     * @param cpus of the host
     */
    static String table(List<Overhead> all, int cpus) {
        StringBuilder table = new StringBuilder(row("COLLECTOR", "RUNS/S", "NS/RUN", "% OF A CPU"));
        for (Overhead collector : all) {
            table.append(row(
                    collector.collector(),
                    number("%.0f", collector.runs()),
                    number("%.0f", collector.nanoseconds()),
                    number("%.3f", collector.percent())));
        }
        table.append(row("all", "", "", number("%.3f", total(all))));
        return "%s%.3f%% of this host's %d CPUs%n".formatted(table, total(all) / cpus, cpus);
    }

    static String json(List<Overhead> all, int cpus) {
        return JsonReport.of(json -> {
            json.writeNumberField("cpus", cpus);
            json.writeNumberField("percentOfCpu", total(all));
            json.writeNumberField("percentOfHost", total(all) / cpus);
            json.writeArrayFieldStart("collectors");
            for (Overhead collector : all) {
                json.writeStartObject();
                json.writeStringField("name", collector.collector());
                json.writeNumberField("runsPerSecond", collector.runs());
                json.writeNumberField("nanosecondsPerRun", collector.nanoseconds());
                json.writeNumberField("percentOfCpu", collector.percent());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String row(String name, String runs, String nanoseconds, String percent) {
        return "%-24s %12s %8s %12s%n".formatted(name, runs, nanoseconds, percent);
    }
}
