// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus, Debian's package, reads what the service serves. */
@Tag("peer")
class PrometheusPeerTest {
    private static final Path PROGRAMS =
            Path.of(Objects.requireNonNull(System.getProperty("rstat.prometheus"), "-Drstat.prometheus=DIR"));

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @Test
    void promtoolHasNothingToSay(@TempDir Path folder) throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload busy = Workload.busy(cgroup, 0);
                RunningService service = RunningService.started()) {
            assertThat(busy.runTime()).isNotNegative();
            Path metrics = Files.writeString(
                    folder.resolve("metrics"), service.get("/metrics").body());
            assertThat(metrics).content().contains("cgroup_runqueue_latency_seconds_bucket", "jvm_", "rstat_");
            Process promtool = new ProcessBuilder(PROGRAMS.resolve("promtool").toString(), "check", "metrics")
                    .redirectInput(metrics.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(promtool.waitFor()).as(said).isZero();
            assertThat(said).isEmpty();
        }
    }

    @Test
    void prometheusScrapesAndComputesWithWhatItGot(@TempDir Path folder) throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload a = Workload.busy(cgroup, 0);
                Workload b = Workload.busy(cgroup, 0);
                RunningService service = RunningService.started()) {
            assertThat(a.runTime() + b.runTime()).isNotNegative();
            Files.writeString(folder.resolve("prometheus.yml"), """
                    global: {scrape_interval: 1s}
                    scrape_configs:
                      - job_name: rstat
                        static_configs: [{targets: ["127.0.0.1:%d"]}]
                    """.formatted(service.port()));
            int port = RunningService.freePort();
            Process prometheus = new ProcessBuilder(
                            PROGRAMS.resolve("prometheus").toString(),
                            "--config.file=" + folder.resolve("prometheus.yml"),
                            "--storage.tsdb.path=" + folder.resolve("data"),
                            "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            try {
                Await.until(
                        "the target is up",
                        Duration.ofSeconds(60),
                        () -> query(port, "up{job=\"rstat\"}").contains("\"1\"]"));
                String quantile =
                        "histogram_quantile(0.99, sum by (le) (rate(cgroup_runqueue_latency_seconds_bucket{cgroup=\"%s\"}[10s]))) > 0.0001"
                                .formatted(cgroup.path());
                Await.until(
                        "a quantile of waits",
                        Duration.ofSeconds(60),
                        () -> query(port, quantile).contains("\"value\":["));
                assertThat(query(port, "scrape_samples_scraped{job=\"rstat\"} > 50"))
                        .contains("\"value\":[");
                assertThat(query(port, "rstat_collector_success{collector=\"runqueue\"} == 1"))
                        .contains("\"value\":[");
            } finally {
                prometheus.destroy();
                prometheus.waitFor();
            }
        }
    }

    private static String query(int port, String expression) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/api/v1/query?query=%s"
                                            .formatted(port, URLEncoder.encode(expression, StandardCharsets.UTF_8))))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (ConnectException notYet) {
            return "";
        }
    }
}
