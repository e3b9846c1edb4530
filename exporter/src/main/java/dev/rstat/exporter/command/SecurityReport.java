// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.exporter.scan.Finding;
import java.util.List;

/** What the service may do and who may do what with what is loaded, for people and for programs. */
final class SecurityReport {
    private SecurityReport() {}

    /** Nothing that SECURITY.md says otherwise. */
    static boolean isAsPromised(List<Finding> findings) {
        return findings.stream().allMatch(Finding::asPromised);
    }

    static String table(List<Finding> findings) {
        int width = findings.stream()
                .mapToInt(finding -> finding.what().length())
                .max()
                .orElse(1);
        StringBuilder table = new StringBuilder();
        String last = "";
        for (Finding finding : findings) {
            if (!finding.of().equals(last)) {
                last = finding.of();
                table.append(last).append('\n');
            }
            table.append(("  %-" + width + "s  %s%s%n")
                    .formatted(
                            finding.what(),
                            finding.seen(),
                            finding.asPromised() ? "" : "  <- not as SECURITY.md says"));
        }
        return table.toString();
    }

    static String json(List<Finding> findings) {
        return JsonReport.of(json -> {
            json.writeBooleanField("asPromised", isAsPromised(findings));
            json.writeArrayFieldStart("findings");
            for (Finding finding : findings) {
                json.writeStartObject();
                json.writeStringField("of", finding.of());
                json.writeStringField("what", finding.what());
                json.writeStringField("seen", finding.seen());
                json.writeBooleanField("asPromised", finding.asPromised());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
