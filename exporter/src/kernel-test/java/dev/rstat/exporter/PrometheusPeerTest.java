// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import dev.rstat.exporter.access.TestCertificates;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Real readers of what the service serves: Debian's Prometheus, its promtool, and the reference parser of OpenMetrics. */
@Tag("peer")
class PrometheusPeerTest {
    private static final String OPENMETRICS = "application/openmetrics-text;version=1.0.0";

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @Test
    void promtoolAndTheReferenceParserHaveNothingToSay(@TempDir Path folder) throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload busy = Workload.busy(cgroup, 0);
                RunningService service = RunningService.started("serve", "--openmetrics.created")) {
            assertThat(busy.runTime()).isNotNegative();
            Path metrics = Files.writeString(
                    folder.resolve("metrics"), service.get("/metrics").body());
            assertThat(metrics).content().contains("cgroup_runqueue_latency_seconds_bucket", "jvm_", "rstat_");
            assertThat(said(metrics, Peers.path("prometheus", "promtool").toString(), "check", "metrics"))
                    .isEmpty();

            String openMetrics = service.get("/metrics", OPENMETRICS).body();
            assertThat(openMetrics).contains("cgroup_context_switches_created{", "# UNIT ");
            Path parsed = Files.writeString(folder.resolve("openmetrics"), openMetrics);
            String program = """
                    import sys
                    sys.path.insert(0, sys.argv[1])
                    from prometheus_client.openmetrics.parser import text_fd_to_metric_families
                    print(sum(len(family.samples) for family in text_fd_to_metric_families(sys.stdin)))
                    """;
            String folderOfParser = Peers.path("openmetrics-parser", ".").toString();
            assertThat(said(parsed, "python3", "-c", program, folderOfParser))
                    .isEqualTo(openMetrics
                                    .lines()
                                    .filter(line -> !line.startsWith("#"))
                                    .count() + "\n");
        }
    }

    /** What a program that succeeds says of its input. */
    private static String said(Path input, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectInput(input.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void prometheusScrapesAndComputesWithWhatItGot(@TempDir Path folder) throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload a = Workload.busy(cgroup, 0);
                Workload b = Workload.busy(cgroup, 0);
                RunningService service = RunningService.started();
                RunningPrometheus prometheus = RunningPrometheus.scraping(service, folder)) {
            assertThat(a.runTime() + b.runTime()).isNotNegative();
            prometheus.await(
                    "a quantile of waits",
                    "histogram_quantile(0.99, sum by (le) (rate(cgroup_runqueue_latency_seconds_bucket{cgroup=\"%s\"}[10s]))) > 0.0001"
                            .formatted(cgroup.path()));
            prometheus.await("samples", "scrape_samples_scraped{job=\"rstat\"} > 50");
            prometheus.await("success", "rstat_collector_success{collector=\"runqueue\"} == 1");
        }
    }

    @Test
    void prometheusScrapesOverTlsWithAPassword(@TempDir Path folder) throws Exception {
        // The service's user goes there, too.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        new TestCertificates(folder).signed("server", "IP:127.0.0.1");
        Files.setPosixFilePermissions(folder.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
        Path config = Files.writeString(folder.resolve("web.yml"), """
                tls_server_config: {cert_file: server.pem, key_file: server.key}
                basic_auth_users: {prometheus: "%s"}
                """.formatted(
                        BCrypt.withDefaults().hashToString(10, "secret".toCharArray())));
        String how = """
                scheme: https
                basic_auth: {username: prometheus, password: secret}
                tls_config: {ca_file: %s}
                """.formatted(folder.resolve("ca.pem"));
        try (RunningService service = RunningService.serving("--web.config.file=" + config);
                RunningPrometheus prometheus = RunningPrometheus.scrapingSo(how, service, folder)) {
            prometheus.await("samples", "scrape_samples_scraped{job=\"rstat\"} > 50");
            prometheus.await("the state of the file", "rstat_web_config_reload_success == 1");
        }
    }

    /** Of a cgroup in which nothing happens any more: Prometheus' numbers are those of the text, all buckets of it. */
    @Test
    void nativeHistogramsHaveWhatTheBucketsHave(@TempDir Path folder) throws Exception {
        try (TestCgroup cgroup = TestCgroup.create()) {
            try (Workload a = Workload.busy(cgroup, 0);
                    Workload b = Workload.busy(cgroup, 0)) {
                Await.until("time on the CPU", Duration.ofSeconds(30), () -> a.runTime() + b.runTime() > 500_000_000);
            }
            try (RunningService service = RunningService.started("serve", "--histogram.classic-buckets=all");
                    RunningPrometheus prometheus =
                            RunningPrometheus.scraping(service, folder, "--enable-feature=native-histograms")) {
                String name = "cgroup_runqueue_latency_seconds";
                String selector = "{cgroup=\"%s\"}".formatted(cgroup.path());
                Map<String, Double> text = service.scrape();
                double count = sample(text, "%s_count{cgroup=\"%s\",}".formatted(name, cgroup.path()));
                assertThat(count).isPositive();
                assertThat(prometheus.value("histogram_count(%s%s)".formatted(name, selector)))
                        .isEqualTo(count);
                assertThat(prometheus.value("histogram_sum(%s%s)".formatted(name, selector)))
                        .isEqualTo(sample(text, "%s_sum{cgroup=\"%s\",}".formatted(name, cgroup.path())));
                for (double quantile : new double[] {0.1, 0.5, 0.9, 0.99}) {
                    double bound = bound(text, name, cgroup.path(), quantile * count);
                    assertThat(prometheus.value("histogram_quantile(%s, %s%s)".formatted(quantile, name, selector)))
                            .as("quantile %s", quantile)
                            .isGreaterThan(bound / 2)
                            .isLessThanOrEqualTo(bound);
                }
            }
        }
    }

    private static double sample(Map<String, Double> text, String name) {
        return Objects.requireNonNull(text.get(name), name);
    }

    /** The bound of the bucket that an observation is in, counted from the smallest. */
    private static double bound(Map<String, Double> text, String name, String cgroup, double rank) {
        for (int exponent = -24; exponent <= 6; exponent++) {
            double bound = Math.scalb(1.0, exponent);
            if (sample(text, "%s_bucket{cgroup=\"%s\",le=\"%s\",}".formatted(name, cgroup, bound)) >= rank) {
                return bound;
            }
        }
        throw new AssertionError("above all bounds");
    }
}
