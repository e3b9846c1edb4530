// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.CollectorCheck;
import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.Metric;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What {@code rstat collector check} found, for people. */
final class CollectorReport {
    private CollectorReport() {}

    /**
     * @param logLines how much to show of a verifier's log, counted from its end
     */
    static String text(Path file, CollectorCheck check, int logLines) {
        StringBuilder text = new StringBuilder();
        check.schema().ifPresent(schema -> schema(text, schema));
        if (!check.hooks().isEmpty()) {
            text.append("hooks: %s%n".formatted(String.join(", ", check.hooks())));
        }
        check.mistakes().forEach(mistake -> text.append("mistake: %s%n".formatted(mistake)));
        text.append("kernel: ").append(verdict(file, check)).append(System.lineSeparator());
        List<String> log = check.log();
        int left = Math.max(0, log.size() - logLines);
        if (left > 0) {
            text.append("  ... %d lines before; --debug shows them%n".formatted(left));
        }
        log.subList(left, log.size()).forEach(line -> text.append("  %s%n".formatted(line)));
        return text.toString();
    }

    private static void schema(StringBuilder text, CollectorSchema schema) {
        text.append("collector %s: %s%n".formatted(schema.name(), schema.description()));
        int width = schema.metrics().stream()
                .mapToInt(metric -> metric.name().length())
                .max()
                .orElse(1);
        for (Metric metric : schema.metrics()) {
            String type = metric.type().name().toLowerCase(Locale.ROOT);
            text.append(("  %-" + width + "s  %-9s  %s%n").formatted(metric.name(), type, metric.help()));
        }
    }

    private static String verdict(Path file, CollectorCheck check) {
        String kernel = System.getProperty("os.version");
        return switch (check.verdict()) {
            case VERIFIED -> "%s verified it".formatted(kernel);
            case REFUSED -> "%s refuses it: %s".formatted(kernel, check.refusal());
            case NOT_ASKED ->
                check.mistakes().isEmpty()
                        ? "not asked, for which one must be root; run: sudo rstat collector check %s".formatted(file)
                        : "not asked, because of the above";
        };
    }
}
