// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rstat.RstatException;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.selection.CgroupSelection;
import dev.rstat.exporter.snapshot.Reading;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Receivers that are slow, broken or gone: each outcome is counted, and none is the end. */
@Timeout(60)
class OtlpPushTest {
    private static final int POINTS = 3;

    private final BlockingQueue<ExportMetricsServiceRequest> requests = new LinkedBlockingQueue<>();
    private final Collector metrics = OtlpPush.metrics();
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile Receiver receiver = OtlpPushTest::accept;

    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    /** Answers one request. */
    private interface Receiver {
        void answer(HttpExchange exchange) throws IOException, InterruptedException;
    }

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/metrics", exchange -> {
            try (exchange;
                    InputStream body = new GZIPInputStream(exchange.getRequestBody())) {
                ExportMetricsServiceRequest request = ExportMetricsServiceRequest.parseFrom(body.readAllBytes());
                receiver.answer(exchange);
                requests.add(request);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
    }

    @Test
    void whatIsAcceptedIsCounted() throws Exception {
        try (OtlpPush _ = push()) {
            assertThat(request().getResourceMetricsList()).hasSize(1);
            await("rstat_otlp_points_total", "accepted", POINTS);
            assertThat(value("rstat_otlp_last_success_timestamp_seconds", "")).isPositive();
            assertThat(value("rstat_otlp_request_bytes_total", "")).isPositive();
        }
    }

    @Test
    void whatTheReceiverRejectsIsCountedByItsOwnCount() throws Exception {
        receiver = exchange -> answer(
                exchange,
                200,
                ExportMetricsServiceResponse.newBuilder()
                        .setPartialSuccess(ExportMetricsPartialSuccess.newBuilder()
                                .setRejectedDataPoints(2)
                                .setErrorMessage("too old"))
                        .build()
                        .toByteArray());
        try (OtlpPush _ = push()) {
            await("rstat_otlp_points_total", "rejected", 2);
            await("rstat_otlp_points_total", "accepted", POINTS - 2);
        }
    }

    @Test
    void refusalsAndGarbageAreFailuresAndItGoesOn() throws Exception {
        for (Receiver broken : List.<Receiver>of(
                exchange -> answer(exchange, 400, new byte[0]),
                exchange -> answer(exchange, 404, "<html>".getBytes(UTF_8)),
                exchange -> answer(exchange, 200, "no protobuf".getBytes(UTF_8)),
                HttpExchange::close)) {
            receiver = broken;
            double before = value("rstat_otlp_points_total", "failed");
            try (OtlpPush _ = push()) {
                await("rstat_otlp_points_total", "failed", before + POINTS);
                receiver = OtlpPushTest::accept;
                await("rstat_otlp_points_total", "accepted", value("rstat_otlp_points_total", "accepted") + POINTS);
            }
        }
    }

    /** The SDK tries again by itself. */
    @Test
    void whoIsBusyIsAskedAgain() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        receiver = exchange -> {
            if (busy.getCount() > 0) {
                busy.countDown();
                exchange.getResponseHeaders().set("Retry-After", "1");
                answer(exchange, 429, new byte[0]);
            } else {
                accept(exchange);
            }
        };
        try (OtlpPush _ = push()) {
            await("rstat_otlp_points_total", "accepted", POINTS);
            assertThat(value("rstat_otlp_requests_total", "failed")).isZero();
        }
    }

    /** One push at a time: what was due meanwhile is counted, and nothing piles up. */
    @Test
    void whoIsSlowCostsSnapshotsAndNoMemory() throws Exception {
        receiver = exchange -> {
            end.await(1, TimeUnit.SECONDS);
            accept(exchange);
        };
        try (OtlpPush _ = push()) {
            await("rstat_otlp_points_total", "accepted", POINTS);
            await("rstat_otlp_snapshots_dropped_total", "", 5);
        }
    }

    @Test
    void whereNobodyListensIsAFailure() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (OtlpPush _ = push(port)) {
            await("rstat_otlp_points_total", "failed", POINTS);
        }
    }

    @Test
    void withoutAnEndpointNothingIsPushed() {
        assertThat(OtlpConfiguration.read(Map.of("OTEL_SERVICE_NAME", "x"), Map.of(), Map.of()))
                .isEmpty();
        assertThat(OtlpConfiguration.read(
                        Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", "OTEL_METRICS_EXPORTER", "none"),
                        Map.of(),
                        Map.of()))
                .isEmpty();
    }

    @Test
    void optionsComeBeforeVariablesAndThoseBeforeTheFile() {
        Map<String, String> file =
                Map.of(OtlpConfiguration.ENDPOINT, "http://file:1", "otel.metric.export.interval", "7000");
        Map<String, String> variables = Map.of(
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
                "http://variable:1/as/it/is",
                "OTEL_METRIC_EXPORT_INTERVAL",
                "8000",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
                "delta");
        OtlpConfiguration configuration =
                OtlpConfiguration.read(variables, file, Map.of()).orElseThrow();
        assertThat(configuration.endpoint()).hasToString("http://variable:1/as/it/is");
        assertThat(configuration.interval()).hasSeconds(8);
        assertThat(configuration.delta()).isTrue();
        configuration = OtlpConfiguration.read(
                        variables, file, Map.of(OtlpConfiguration.ENDPOINT, "http://option:1/opentelemetry"))
                .orElseThrow();
        assertThat(configuration.endpoint()).hasToString("http://option:1/opentelemetry/v1/metrics");
        configuration = OtlpConfiguration.read(Map.of(), file, Map.of()).orElseThrow();
        assertThat(configuration.endpoint()).hasToString("http://file:1/v1/metrics");
        assertThat(configuration.interval()).hasSeconds(7);
    }

    @Test
    void whatMakesNoSenseIsSaidInOneLine() {
        for (Map<String, String> environment : List.of(
                Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
                Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL", "smoke"),
                Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1", "OTEL_METRIC_EXPORT_INTERVAL", "0"))) {
            assertThatThrownBy(() -> OtlpConfiguration.read(environment, Map.of(), Map.of()))
                    .isInstanceOf(RstatException.class)
                    .hasMessageStartingWith("OTLP: ")
                    .hasMessageNotContaining("\n");
        }
    }

    private OtlpPush push() {
        return push(server.getAddress().getPort());
    }

    private OtlpPush push(int port) {
        OtlpConfiguration configuration = OtlpConfiguration.read(
                        Map.of(
                                "OTEL_EXPORTER_OTLP_ENDPOINT",
                                "http://127.0.0.1:" + port,
                                "OTEL_METRIC_EXPORT_INTERVAL",
                                "100",
                                "OTEL_EXPORTER_OTLP_TIMEOUT",
                                "5000"),
                        Map.of(),
                        Map.of())
                .orElseThrow();
        Reading reading = new Reading.Taken(
                new SnapshotFixture()
                        .cgroups("/")
                        .collector(RUNQUEUE, Map.of("/", runqueue(5, 1, 77, 1)))
                        .build(),
                List.of());
        return OtlpPush.start(
                configuration,
                "1",
                new OtlpPush.Source(() -> reading, _ -> List.of(), CgroupSelection.all(), _ -> CgroupIdentity.NONE),
                metrics);
    }

    private ExportMetricsServiceRequest request() throws InterruptedException {
        return Objects.requireNonNull(requests.poll(30, TimeUnit.SECONDS), "no request");
    }

    private static void accept(HttpExchange exchange) throws IOException {
        answer(exchange, 200, ExportMetricsServiceResponse.getDefaultInstance().toByteArray());
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    /** Returns when a counter has come so far. */
    private void await(String name, String outcome, double least) throws InterruptedException {
        while (value(name, outcome) < least) {
            end.await(10, TimeUnit.MILLISECONDS);
        }
    }

    private double value(String name, String outcome) {
        Map<String, Double> values = new HashMap<>();
        for (MetricFamilySamples family : metrics.collect()) {
            family.samples.forEach(
                    sample -> values.put(sample.name + String.join("", sample.labelValues), sample.value));
        }
        return Objects.requireNonNull(values.get(name + outcome), name);
    }
}
