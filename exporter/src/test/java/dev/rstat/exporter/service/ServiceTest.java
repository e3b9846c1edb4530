// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.exposition.Format;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The service over real HTTP, with snapshots that no kernel took. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceTest {
    /** Not the default, to show that it can be chosen. One for all: within a JVM Micronaut remembers the first. */
    private static final String METRICS = "/cgroup/metrics";

    private static final ListenAddress ANY_PORT = new ListenAddress("127.0.0.1", 0);

    private final HttpClient client = HttpClient.newHttpClient();
    private final FakeSource source = new FakeSource(ServiceTest::small);
    private final Service service = Service.start(
            new ServiceOptions(ANY_PORT, METRICS, Duration.ZERO),
            () -> source,
            List.of("attach", "runqueue"),
            List.of());

    @AfterAll
    void stop() {
        service.close();
        client.close();
    }

    @BeforeEach
    void works() {
        source.next = ServiceTest::small;
    }

    @Test
    void metricsAreTextFormat004() throws Exception {
        HttpResponse<String> response = get(METRICS);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body())
                .contains("\ncgroup_context_switches_total{cgroup=\"/a\",} 12.0\n")
                .contains("\ncgroup_runqueue_latency_seconds_sum{cgroup=\"/\",} 1.5\n")
                .contains("\nrstat_collector_success{collector=\"runqueue\",} 1.0\n")
                .contains("\nrstat_flush_mode{collector=\"runqueue\",mode=\"walk\",} 1.0\n")
                .contains("\nrstat_flush_seconds_total{collector=\"runqueue\",} 0.0015\n")
                .contains("\nrstat_map_max_entries{collector=\"runqueue\",} 1024.0\n")
                .contains("\nrstat_bpf_program_run_seconds_total{collector=\"runqueue\",program=\"run\",} 0.0025\n")
                .contains("\nrstat_exporter_build_info{version=\"")
                .contains("\njvm_info{")
                .doesNotContain("_created");
        assertThat(response.body().indexOf("cgroup_info"))
                .isLessThan(response.body().indexOf("rstat_"));
    }

    @Test
    void whoReadsOpenMetricsGetsItToItsEnd() throws Exception {
        HttpResponse<String> response =
                send(request(METRICS).header("Accept", "application/openmetrics-text;version=1.0.0,*/*;q=0.1"));
        assertThat(response.headers().firstValue("content-type"))
                .contains("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(response.headers().firstValue("vary")).contains("Accept");
        assertThat(response.body())
                .contains("\ncgroup_context_switches_total{cgroup=\"/a\"} 12.0\n")
                .contains("\n# TYPE rstat_scrapes counter\n")
                .doesNotContain("_created")
                .endsWith("\n# EOF\n")
                .containsOnlyOnce("# EOF");
    }

    @Test
    void whoReadsProtobufGetsAllFamilies() throws Exception {
        HttpResponse<byte[]> response = client.send(
                request(METRICS).header("Accept", Format.PROTOBUF.contentType()).build(), BodyHandlers.ofByteArray());
        assertThat(response.headers().firstValue("content-type")).contains(Format.PROTOBUF.contentType());
        List<String> names = new ArrayList<>();
        InputStream in = new ByteArrayInputStream(response.body());
        for (Metrics.MetricFamily family; (family = Metrics.MetricFamily.parseDelimitedFrom(in)) != null; ) {
            names.add(family.getName());
        }
        assertThat(names)
                .doesNotHaveDuplicates()
                .contains("cgroup_info", "cgroup_context_switches_total", "rstat_scrapes_total", "jvm_info");
    }

    @Test
    void aPartIsServedWhereAskedFor() throws Exception {
        source.next = () -> new SnapshotFixture()
                .at(Instant.now())
                .cgroups("/", "/a", "/a/b")
                .collector(RUNQUEUE, Map.of("/", runqueue(1, 0, 0), "/a/b", runqueue(2, 0, 0)))
                .failure("attach", "its pins are gone")
                .build();
        assertThat(get(METRICS + "?match=/a/*").body().lines().filter(line -> line.startsWith("cgroup_")))
                .isNotEmpty()
                .allMatch(line -> line.contains("{cgroup=\"/a/b\""));
        assertThat(get(METRICS + "?match=/a&match=/").body())
                .contains("cgroup_info{cgroup=\"/\"", "cgroup_info{cgroup=\"/a\"")
                .doesNotContain("/a/b");
        assertThat(get(METRICS + "?collect%5B%5D=attach").body())
                .contains("cgroup_info{", "rstat_collector_success{collector=\"runqueue\"")
                .doesNotContain("cgroup_context_switches");
        assertThat(get(METRICS + "?collect%5B%5D=runqueue").body()).contains("cgroup_context_switches_total{");
    }

    @Test
    void whatCannotBeAskedForIsSaid() throws Exception {
        assertThat(get(METRICS).statusCode()).isEqualTo(200);
        HttpResponse<String> response = get(METRICS + "?collect%5B%5D=runqueues&collect%5B%5D=runqueue");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("content-type").orElseThrow()).startsWith("text/plain");
        assertThat(response.body()).isEqualTo("400 Bad Request: no collector runqueues; there are: runqueue\n");
        response = get(METRICS + "?match=system.slice");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("`system.slice` matches no cgroup", "`/system.slice`");
    }

    @Test
    void familiesAppearOnce() throws Exception {
        List<String> names = get(METRICS)
                .body()
                .lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", 4)[2])
                .toList();
        assertThat(names).doesNotHaveDuplicates().contains("cgroup_info", "rstat_scrapes_total");
    }

    @Test
    void scrapesAreCounted() throws Exception {
        double before = sample("rstat_scrapes_total");
        assertThat(sample("rstat_scrapes_total")).isEqualTo(before + 1);
    }

    @Test
    void largeSnapshotsAreStreamed() throws Exception {
        Snapshot large = large(10_000);
        source.next = () -> large;
        HttpResponse<InputStream> response = client.send(request(METRICS).build(), BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("transfer-encoding")).contains("chunked");
        String body;
        try (InputStream in = response.body()) {
            body = new String(in.readAllBytes(), UTF_8);
        }
        assertThat(body.length()).isGreaterThan(12_000_000);
        assertThat(body.lines().filter(line -> line.startsWith("cgroup_context_switches_total{")))
                .hasSize(10_000);
        assertThat(body).contains("\nrstat_snapshots_total ").endsWith("\n");
    }

    @Test
    void aClientThatLeavesIsCountedAndHarmsNobody() throws Exception {
        Snapshot large = large(10_000);
        source.next = () -> large;
        double before = sample("rstat_scrapes_aborted_total");
        HttpResponse<InputStream> response = client.send(request(METRICS).build(), BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            assertThat(in.readNBytes(1000)).hasSize(1000);
        }
        source.next = ServiceTest::small;
        for (int i = 0; i < 100 && sample("rstat_scrapes_aborted_total") == before; i++) {
            Thread.sleep(20);
        }
        assertThat(sample("rstat_scrapes_aborted_total")).isEqualTo(before + 1);
    }

    @Test
    void withoutASnapshotTheRestIsStillServed() throws Exception {
        source.next = FakeSource.failing("nothing is loaded; load it: sudo rstat load");
        HttpResponse<String> response = get(METRICS);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("rstat_collector_success{collector=\"runqueue\",} 0.0\n")
                .contains("rstat_snapshot_failures_total ")
                .contains("jvm_info{")
                .doesNotContain("cgroup_")
                .doesNotContain("Exception");
    }

    @Test
    void aSingleCollectorMayFail() throws Exception {
        source.next = () -> new SnapshotFixture()
                .at(Instant.now())
                .cgroups("/")
                .collector(RUNQUEUE, Map.of("/", runqueue(1, 0, 0)))
                .failure("attach", "its pins are gone")
                .build();
        assertThat(get(METRICS).body())
                .contains("rstat_collector_success{collector=\"runqueue\",} 1.0\n")
                .contains("rstat_collector_success{collector=\"attach\",} 0.0\n")
                .contains("cgroup_context_switches_total{");
        assertThat(get("/").body()).contains("<b>attach</b> fails: its pins are gone");
        assertThat(get("/-/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void readyMeansThatThereAreNumbers() throws Exception {
        assertThat(get("/-/ready").statusCode()).isEqualTo(200);
        source.next = FakeSource.failing("nothing is loaded; load it");
        HttpResponse<String> response = get("/-/ready");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("rstat is not ready: nothing is loaded; load it\n");
        source.next = () ->
                new SnapshotFixture().failure("attach", "its pins are gone").build();
        assertThat(get("/-/ready").body()).contains("attach").contains("its pins are gone");
    }

    @Test
    void healthyMeansThatTheProcessIsUp() throws Exception {
        source.next = FakeSource.failing("nothing is loaded");
        assertThat(get("/-/healthy").statusCode()).isEqualTo(200);
    }

    @Test
    void theLandingPageLinksToTheRest() throws Exception {
        HttpResponse<String> response = get("/");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElseThrow()).startsWith("text/html");
        assertThat(response.body())
                .contains("href=\"/cgroup/metrics\"")
                .contains("href=\"/-/healthy\"")
                .contains("href=\"/-/ready\"")
                .contains("flush mode <b>walk</b>");
    }

    @Test
    void otherPathsAreNotFound() throws Exception {
        HttpResponse<String> response = get("/nothing");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).isEqualTo("404 Not Found\n");
    }

    @Test
    void headHasNoBodyAndOtherMethodsAreNotAllowed() throws Exception {
        HttpResponse<String> head = send(request(METRICS).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        HttpResponse<String> post = send(request(METRICS).POST(BodyPublishers.ofString("x")));
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.body()).isEqualTo("405 Method Not Allowed\n");
    }

    @Test
    void gzipIsSpokenWhereAskedFor() throws Exception {
        HttpResponse<byte[]> response =
                client.send(request(METRICS).header("Accept-Encoding", "gzip").build(), BodyHandlers.ofByteArray());
        assertThat(response.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(response.body()).startsWith(0x1f, 0x8b);
        for (Format format : Format.values()) {
            response = client.send(
                    request(METRICS)
                            .header("Accept", format.contentType())
                            .header("Accept-Encoding", "gzip")
                            .build(),
                    BodyHandlers.ofByteArray());
            assertThat(response.headers().firstValue("content-type")).contains(format.contentType());
            assertThat(response.headers().firstValue("content-encoding"))
                    .as("%s", format)
                    .contains("gzip");
        }
    }

    @Test
    void aPortThatIsTakenIsSaidInOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ListenAddress address = new ListenAddress("127.0.0.1", taken.getLocalPort());
            assertThatThrownBy(() -> Service.start(
                            new ServiceOptions(address, METRICS, Duration.ZERO), () -> source, List.of(), List.of()))
                    .isInstanceOf(RstatException.class)
                    .hasMessageStartingWith("cannot listen on %s: Address already in use".formatted(address))
                    .hasMessageContaining("--web.listen-address")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void anAddressOfAnotherHostIsSaidInOneLine() {
        ListenAddress address = new ListenAddress("192.0.2.1", 0);
        assertThatThrownBy(() -> Service.start(
                        new ServiceOptions(address, METRICS, Duration.ZERO), () -> source, List.of(), List.of()))
                .isInstanceOf(RstatException.class)
                .hasMessageStartingWith("cannot listen on 192.0.2.1:0: ");
    }

    @Test
    void whatCannotBeOpenedIsSaidAsItIs() {
        RstatException nothing = new RstatException("nothing is loaded; load it");
        assertThatThrownBy(() -> Service.start(
                        new ServiceOptions(ANY_PORT, METRICS, Duration.ZERO),
                        () -> {
                            throw nothing;
                        },
                        List.of(),
                        List.of()))
                .isSameAs(nothing);
    }

    private double sample(String name) throws Exception {
        return get(METRICS)
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + service.metrics().getPort() + path));
    }

    private static Snapshot small() {
        return new SnapshotFixture()
                .at(Instant.now())
                .cgroups("/", "/a")
                .collector(
                        RUNQUEUE,
                        Map.of("/", runqueue(15, 1, 1_500_000_000, 0, 4), "/a", runqueue(12, 1, 1_000_000_000, 0, 3)))
                .build();
    }

    private static Snapshot large(int cgroups) {
        Map<String, long[]> words = new HashMap<>();
        List<String> paths = new ArrayList<>(List.of("/"));
        for (int i = 0; i < cgroups; i++) {
            String path = "/service-" + i + ".scope";
            paths.add(path);
            words.put(path, runqueue(i, 1, i * 1_000_003L, 0, 1, 2, 3));
        }
        return new SnapshotFixture()
                .at(Instant.now())
                .cgroups(paths.toArray(String[]::new))
                .collector(RUNQUEUE, words)
                .build();
    }
}
