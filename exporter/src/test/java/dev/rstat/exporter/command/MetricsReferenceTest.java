// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsReferenceTest {
    @Test
    void theOneInTheRepositoryIsWhatTheCollectorsSay() throws IOException {
        assertThat(Files.readString(Path.of("../collectors/metrics.md")))
                .as("./rstat collector reference >collectors/metrics.md")
                .isEqualTo(MetricsReference.builtIn(Loader.builtInSchemas()));
    }

    @Test
    void fieldsOfOneNameAreOneRow() {
        CollectorSchema schema = new CollectorSchema(
                "disks",
                "What disks do",
                List.of(
                        counter("reads", "disks_operations_total", 0, new Label("kind", "read")),
                        counter("writes", "disks_operations_total", 1, new Label("kind", "write")),
                        new Metric(
                                "wait",
                                "disks_wait_seconds",
                                Metric.Type.HISTOGRAM,
                                Metric.Unit.NANOSECONDS,
                                "a|b",
                                2)),
                35);
        assertThat(MetricsReference.of(schema)).isEqualTo("""

                        ## disks

                        What disks do.

                        | metric | type | labels | |
                        |---|---|---|---|
                        | `disks_operations_total` | counter | `kind`: read, write | Operations. |
                        | `disks_wait_seconds` | histogram |  | a\\|b |
                        """);
    }

    @Test
    void anotherCgroupIsALabelToo() {
        CollectorSchema schema = new CollectorSchema(
                "hurt",
                "Who hurts whom",
                List.of(new Metric(
                        "by",
                        "hurt_by_total",
                        Metric.Type.TOP,
                        Metric.Unit.NONE,
                        "By whom.",
                        0,
                        List.of(),
                        "by",
                        false)),
                Metric.Type.TOP.words());
        assertThat(MetricsReference.of(schema))
                .contains("| `hurt_by_total` | counter | `by`: another cgroup | By whom. |");
    }

    private static Metric counter(String field, String name, int word, Label label) {
        return new Metric(
                field, name, Metric.Type.COUNTER, Metric.Unit.NONE, "Operations.", word, List.of(label), "", false);
    }
}
