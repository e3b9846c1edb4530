// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.exporter.snapshot.Reading;
import java.util.Map;
import java.util.TreeMap;

/** A plain page for people who open the exporter's address in a browser. */
final class LandingPage {
    private LandingPage() {}

    static String html(String telemetryPath, Reading reading) {
        StringBuilder collectors = new StringBuilder();
        switch (reading) {
            case Reading.Failed(String reason) ->
                collectors.append("<p>No snapshot: %s</p>\n".formatted(escape(reason)));
            case Reading.Taken taken -> {
                collectors.append("<ul>\n");
                for (CollectorSnapshot collector : taken.snapshot().collectors()) {
                    collectors.append("<li><b>%s</b>: %s; flush mode <b>%s</b></li>\n"
                            .formatted(
                                    escape(collector.schema().name()),
                                    escape(collector.schema().description()),
                                    escape(collector.mode().label())));
                }
                for (Map.Entry<String, String> failure :
                        new TreeMap<>(taken.snapshot().failures()).entrySet()) {
                    collectors.append("<li><b>%s</b> fails: %s</li>\n"
                            .formatted(escape(failure.getKey()), escape(failure.getValue())));
                }
                collectors.append("</ul>\n<p>Cgroups: %d</p>\n"
                        .formatted(taken.snapshot().cgroups().size()));
            }
        }
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head><meta charset="utf-8"><title>rstat-exporter</title></head>
                <body>
                <h1>rstat-exporter</h1>
                <p>Version %s. Statistics per cgroup, collected by BPF, added up over subtrees by the kernel's rstat.</p>
                <h2>Collectors</h2>
                %s<h2>Pages</h2>
                <ul>
                <li><a href="%s">Metrics</a></li>
                <li><a href="/-/healthy">Healthy</a></li>
                <li><a href="/-/ready">Ready</a></li>
                </ul>
                </body>
                </html>
                """.formatted(escape(BuildVersion.CURRENT), collectors, escape(telemetryPath));
    }

    /** For text and for attribute values in double quotes. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
