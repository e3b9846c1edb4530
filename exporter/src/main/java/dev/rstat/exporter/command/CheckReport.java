// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code rstat doctor} found, for people and for programs. */
final class CheckReport {
    private static final int WIDTH = 100;

    private CheckReport() {}

    /** Nothing that is required is known to be missing. */
    static boolean canRun(List<Check> checks) {
        return checks.stream().noneMatch(check -> check.required() && check.status() == Check.Status.MISSING);
    }

    /** A line for each check; below it, where something is missing, what that costs and what cures it. */
    static String table(List<Check> checks) {
        int name = "FEATURE".length();
        for (Check check : checks) {
            name = Math.max(name, check.name().length());
        }
        int status = Check.Status.UNKNOWN.name().length();
        StringBuilder table = new StringBuilder();
        row(table, name, "FEATURE", status, "STATUS", "DETAIL");
        for (Check check : checks) {
            String urgency =
                    check.required() && check.status() == Check.Status.MISSING ? " (rstat cannot run without it)" : "";
            row(table, name, check.name(), status, label(check.status()), check.detail() + urgency);
            if (check.status() != Check.Status.FOUND) {
                if (!check.cost().isBlank()) {
                    row(table, name, "", status, "", "cost: " + check.cost());
                }
                if (!check.cure().isBlank()) {
                    row(table, name, "", status, "", "cure: " + check.cure());
                }
            }
        }
        return table.toString();
    }

    static String json(List<Check> checks) {
        return JsonReport.of(json -> {
            json.writeBooleanField("canRun", canRun(checks));
            json.writeArrayFieldStart("checks");
            for (Check check : checks) {
                json.writeStartObject();
                json.writeStringField("name", check.name());
                json.writeBooleanField("required", check.required());
                json.writeStringField("status", label(check.status()));
                json.writeStringField("detail", check.detail());
                json.writeStringField("cost", check.cost());
                json.writeStringField("cure", check.cure());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static String label(Check.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static void row(
            StringBuilder table, int nameWidth, String name, int statusWidth, String status, String text) {
        String start = "%-" + nameWidth + "s  %-" + statusWidth + "s  ";
        int left = nameWidth + statusWidth + 4;
        boolean first = true;
        for (String line : wrap(text, WIDTH - left)) {
            table.append((start.formatted(first ? name : "", first ? status : "") + line).stripTrailing())
                    .append('\n');
            first = false;
        }
    }

    /** Breaks at blanks; a word that is too long gets a line of its own. */
    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.strip().split("\\s+", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
