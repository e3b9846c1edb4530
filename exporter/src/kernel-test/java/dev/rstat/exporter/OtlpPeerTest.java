// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is pushed arrives at real receivers as a scrape has it: of a cgroup in which nothing happens any more. */
@Tag("peer")
class OtlpPeerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SWITCHES = "cgroup_context_switches_total";
    private static final String WAIT = "cgroup_runqueue_latency_seconds";

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final TestCgroup cgroup = TestCgroup.create();

    @BeforeEach
    void work() {
        try (Workload a = Workload.busy(cgroup, 0);
                Workload b = Workload.busy(cgroup, 0)) {
            Await.until("time on the CPU", PATIENCE, () -> a.runTime() + b.runTime() > 200_000_000);
        }
    }

    @AfterEach
    void remove() {
        cgroup.close();
    }

    /** The receiver starts when pushes have failed already: nothing that was counted meanwhile is missing afterwards. */
    @ParameterizedTest
    @ValueSource(strings = {"http", "grpc"})
    void aCollectorThatWasDownHasTheTotals(String protocol) throws IOException {
        int port = RunningService.freePort();
        try (RunningService service = pushing(port, "--otlp.protocol=" + protocol)) {
            Await.until(
                    "a push that fails",
                    PATIENCE,
                    () -> sample(service.scrape(), "rstat_otlp_requests_total{outcome=\"failed\",}") > 0);
            try (RunningReceiver _ = RunningReceiver.collector(protocol, port, folder)) {
                Await.until("what was pushed", PATIENCE, () -> received().containsKey(SWITCHES));
                Map<String, Double> scrape = service.scrape();
                Map<String, Metric> received = received();

                Metric switches = Objects.requireNonNull(received.get(SWITCHES));
                assertThat(switches.getSum().getIsMonotonic()).isTrue();
                NumberDataPoint count = switches.getSum().getDataPoints(0);
                assertThat(number(count)).isEqualTo(sample(scrape, series(SWITCHES, "")));
                assertThat(count.getStartTimeUnixNano()).isPositive().isLessThan(count.getTimeUnixNano());

                ExponentialHistogramDataPoint wait = Objects.requireNonNull(received.get(WAIT))
                        .getExponentialHistogram()
                        .getDataPoints(0);
                assertThat((double) wait.getCount()).isEqualTo(sample(scrape, series(WAIT + "_count", "")));
                assertThat(wait.getSum()).isEqualTo(sample(scrape, series(WAIT + "_sum", "")));
                assertThat(wait.getScale()).isZero();
                double cumulative = wait.getZeroCount();
                for (int exponent = -24; exponent <= 6; exponent++) {
                    // Bucket i of scale 0 is (2^i, 2^(i + 1)].
                    int index = exponent - 1 - wait.getPositive().getOffset();
                    if (exponent > -24
                            && index >= 0
                            && index < wait.getPositive().getBucketCountsCount()) {
                        cumulative += wait.getPositive().getBucketCounts(index);
                    }
                    String bound = "le=\"%s\",".formatted(Math.scalb(1.0, exponent));
                    assertThat(cumulative).as(bound).isEqualTo(sample(scrape, series(WAIT + "_bucket", bound)));
                }

                // The receiver has it a moment before its answer is here.
                Await.until(
                        "what was accepted is counted",
                        PATIENCE,
                        () -> sample(service.scrape(), "rstat_otlp_points_total{outcome=\"accepted\",}") > 0);
                assertThat(sample(service.scrape(), "rstat_otlp_points_total{outcome=\"rejected\",}"))
                        .isZero();
            }
        }
    }

    /** It is who it should be, or nothing is sent. */
    @ParameterizedTest
    @ValueSource(strings = {"http", "grpc"})
    void aCollectorIsKnownByItsCertificate(String protocol) throws IOException, GeneralSecurityException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        SelfSigned certificate = SelfSigned.in(folder);
        Path trusting = Files.writeString(
                folder.resolve("trusting"), "otel.exporter.otlp.certificate=%s\n".formatted(certificate.certificate()));
        Path wary = Files.writeString(folder.resolve("wary"), "");
        int port = RunningService.freePort();
        try (RunningReceiver _ = RunningReceiver.collector(protocol, port, folder, certificate)) {
            try (RunningService service = pushing("https://127.0.0.1:" + port, protocol, wary)) {
                Await.until(
                        "a push that fails",
                        PATIENCE,
                        () -> sample(service.scrape(), "rstat_otlp_requests_total{outcome=\"failed\",}") > 0);
                assertThat(received()).isEmpty();
            }
            try (RunningService service = pushing("https://127.0.0.1:" + port, protocol, trusting)) {
                Await.until("what was pushed", PATIENCE, () -> received().containsKey(SWITCHES));
                assertThat(number(Objects.requireNonNull(received().get(SWITCHES))
                                .getSum()
                                .getDataPoints(0)))
                        .isEqualTo(sample(service.scrape(), series(SWITCHES, "")));
            }
        }
    }

    @Test
    void differencesAddUpToTheTotals() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path delta =
                Files.writeString(folder.resolve("delta"), "otel.exporter.otlp.metrics.temporality.preference=delta\n");
        int port = RunningService.freePort();
        try (RunningReceiver _ = RunningReceiver.collector("http", port, folder);
                RunningService service = pushing("http://127.0.0.1:" + port, "http", delta)) {
            Await.until("the first push", PATIENCE, () -> !points().isEmpty());
            work();
            double total = sample(service.scrape(), series(SWITCHES, ""));
            Await.until(
                    "all of it",
                    PATIENCE,
                    () -> points().stream().mapToDouble(OtlpPeerTest::number).sum() >= total);
            List<NumberDataPoint> points = points();
            assertThat(points.stream().mapToDouble(OtlpPeerTest::number).sum()).isEqualTo(total);
            assertThat(points).hasSizeGreaterThan(1);
            for (int i = 1; i < points.size(); i++) {
                assertThat(points.get(i).getStartTimeUnixNano())
                        .as("each begins where the one before ended")
                        .isEqualTo(points.get(i - 1).getTimeUnixNano());
            }
        }
    }

    /** Of switches, in the order in which they arrived. */
    private List<NumberDataPoint> points() {
        return metrics().stream()
                .filter(metric -> metric.getName().equals(SWITCHES))
                .map(metric -> metric.getSum().getDataPoints(0))
                .toList();
    }

    @Test
    void victoriaMetricsHasTheTotals() throws IOException {
        try (RunningReceiver receiver = RunningReceiver.victoriaMetrics(folder);
                RunningService service = pushing(receiver.port(), "/opentelemetry")) {
            Map<String, Double> scrape = service.scrape();
            PrometheusQueries queries = new PrometheusQueries(receiver.port());
            for (String name : new String[] {SWITCHES, WAIT + "_count", WAIT + "_sum"}) {
                String query = "%s{cgroup=\"%s\"}".formatted(name, cgroup.path());
                Await.until(name, PATIENCE, () -> !queries.values(query).isEmpty());
                assertThat(queries.value(query)).isEqualTo(sample(scrape, series(name, "")));
            }
        }
    }

    private RunningService pushing(String endpoint, String protocol, Path configuration) {
        return RunningService.started(
                "serve",
                "--otlp.interval=1s",
                "--otlp.endpoint=" + endpoint,
                "--otlp.protocol=" + protocol,
                "--otlp.config.file=" + configuration);
    }

    private RunningService pushing(int port, String option) {
        boolean isPath = option.startsWith("/");
        return RunningService.started(
                "serve",
                "--histogram.classic-buckets=all",
                "--otlp.interval=1s",
                "--otlp.endpoint=http://127.0.0.1:%d%s".formatted(port, isPath ? option : ""),
                isPath ? "--otlp.protocol=http" : option);
    }

    private String series(String name, String more) {
        return "%s{cgroup=\"%s\",%s}".formatted(name, cgroup.path(), more);
    }

    private static double sample(Map<String, Double> scrape, String series) {
        return Objects.requireNonNull(scrape.get(series), series);
    }

    private static double number(NumberDataPoint point) {
        return point.hasAsInt() ? point.getAsInt() : point.getAsDouble();
    }

    private Received arrived() {
        return new Received(folder.resolve("received"), cgroup.path());
    }

    private Map<String, Metric> received() {
        return arrived().last();
    }

    private List<Metric> metrics() {
        return arrived().metrics();
    }
}
