// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The compose file comes up and its containers know of each other; all but Grafana, whose image is not to be had everywhere. */
@Tag("container")
class ComposeContainerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path PIN_ROOT = Path.of("/run/rstat-test-compose");
    private static final ImageContainers CONTAINERS = new ImageContainers(PIN_ROOT);
    private static final int PORT = RunningService.freePort();

    @BeforeAll
    static void up() throws Exception {
        // As the engine makes what is not there.
        compose("up", "--detach", "--pull=missing", "--no-build", "load", "exporter", "prometheus", "otel-collector");
    }

    @AfterAll
    static void down() throws Exception {
        compose("down", "--volumes", "--timeout=5");
        CONTAINERS.runAsLoader("unload");
        assertThat(InstalledCommand.execute(List.of("umount", PIN_ROOT.toString()))
                        .status())
                .isZero();
        Files.delete(PIN_ROOT);
        Files.delete(CONTAINERS.sockets());
    }

    @Test
    void prometheusScrapesAndHasTheRules() throws Exception {
        PrometheusQueries queries = new PrometheusQueries(PORT);
        Await.until("a scrape", PATIENCE, () -> queries.series("cgroup_context_switches_total{cgroup=\"/\"}") == 1);
        assertThat(ScrapeText.get(PORT, "/api/v1/rules")).contains("\"type\":\"alerting\"", "\"type\":\"recording\"");
        Await.until(
                "health, as the file asks for it",
                PATIENCE,
                () -> compose("ps", "--format={{.Health}}", "prometheus")
                        .strip()
                        .equals("healthy"));
    }

    @Test
    void theCollectorReceives() {
        Await.until(
                "what was pushed",
                PATIENCE,
                () -> compose("logs", "--no-log-prefix", "otel-collector").contains("cgroup_context_switches_total"));
    }

    /** Grafana is given what there is to show. */
    @Test
    void everyFileThatIsMountedIsThere() throws Exception {
        List<String> missing = new ArrayList<>();
        for (String line : Files.readAllLines(ComposeFile.PATH)) {
            String entry = line.strip();
            if (entry.startsWith("- .")) {
                Path source = ComposeFile.PATH.resolveSibling(entry.substring(2, entry.indexOf(':')));
                if (!Files.exists(source)) {
                    missing.add(entry);
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(compose("config", "--services").lines())
                .containsExactlyInAnyOrder("load", "exporter", "prometheus", "grafana", "otel-collector");
    }

    /** What {@code docker compose ARGUMENTS} prints. */
    private static String compose(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("docker", "compose", "--project-name=rstat-test", "--file=" + ComposeFile.PATH));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("RSTAT_PIN_ROOT", PIN_ROOT.toString());
        builder.environment().put("RSTAT_IMAGE", ImageContainers.IMAGE);
        builder.environment().put("PROMETHEUS_PORT", Integer.toString(PORT));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
