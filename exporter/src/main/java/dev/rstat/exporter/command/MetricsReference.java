// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.CgroupfsFamily;
import dev.rstat.collectors.CgroupfsSnapshot;
import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Every metric of collectors, as Markdown: told by their schemas, so that it cannot differ from what is exposed. */
final class MetricsReference {
    private static final String HEADER = """

            ## %s

            %s

            | metric | type | labels | |
            |---|---|---|---|
            """;

    private MetricsReference() {}

    /** Those that come with rstat, and the kernel's own files. */
    static String builtIn(List<CollectorSchema> schemas) {
        StringBuilder text = new StringBuilder("""
                # Metrics

                What `rstat collector reference` prints: every metric of the collectors that come with rstat. Each also has the label
                `cgroup`, and is the total of that cgroup and those below it. Histograms have %d buckets, whose bounds double from
                2^-24 s (60 ns) to 2^6 s (64 s).
                """.formatted(Metric.BUCKETS));
        schemas.forEach(schema -> text.append(of(schema)));
        text.append(HEADER.formatted(
                CgroupfsCollector.NAME, "The kernel's own files of each cgroup, read by `rstat serve`."));
        for (CgroupfsFamily family : CgroupfsSnapshot.families()) {
            row(
                    text,
                    family.name(),
                    family.isCounter() ? "counter" : "gauge",
                    family.label().isEmpty() || family.isOfDevices()
                            ? family.label()
                            : label(family.label(), family.values()),
                    family.help());
        }
        return text.toString();
    }

    /** One collector's part. */
    static String of(CollectorSchema schema) {
        StringBuilder text = new StringBuilder(HEADER.formatted(schema.name(), schema.description() + "."));
        for (List<Metric> family : schema.families()) {
            Metric metric = family.getFirst();
            row(text, metric.name(), type(metric.type()), labels(family), metric.help());
        }
        return text.toString();
    }

    private static void row(StringBuilder text, String name, String type, String labels, String help) {
        text.append("| `%s` | %s | %s | %s |\n".formatted(name, type, labels, help.replace("|", "\\|")));
    }

    /** As Prometheus is told. */
    private static String type(Metric.Type type) {
        return switch (type) {
            case COUNTER, TOP -> "counter";
            case GAUGE, MAX -> "gauge";
            case HISTOGRAM -> "histogram";
        };
    }

    private static String labels(List<Metric> family) {
        SequencedMap<String, SequencedSet<String>> values = new TreeMap<>();
        for (Metric metric : family) {
            for (Label label : metric.labels()) {
                values.computeIfAbsent(label.name(), _ -> new TreeSet<>()).add(label.value());
            }
        }
        String own = values.entrySet().stream()
                .map(entry -> label(entry.getKey(), List.copyOf(entry.getValue())))
                .collect(Collectors.joining("; "));
        String key = family.getFirst().key();
        return key.isEmpty() ? own : (own.isEmpty() ? "" : own + "; ") + "`%s`: another cgroup".formatted(key);
    }

    private static String label(String name, List<String> values) {
        return "`%s`: %s".formatted(name, String.join(", ", values));
    }
}
