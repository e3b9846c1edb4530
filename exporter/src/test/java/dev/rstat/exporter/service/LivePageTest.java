// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.rstat.collectors.Await;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.access.AccessOptions;
import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.selection.CgroupSelection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What the live page is made of, over real HTTP, with snapshots that no kernel took. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LivePageTest {
    private static final String HOSTILE = "<script>alert(\"'&\")\n</x";
    private static final int MOST_VIEWERS = 32;

    private final HttpClient client = HttpClient.newHttpClient();
    private final FakeSource source = new FakeSource(LivePageTest::growing);
    private final Service service = Service.start(
            new ServiceOptions(
                    new ListenAddress("127.0.0.1", 0),
                    AccessOptions.DEFAULT,
                    // One for all tests: see ServiceTest.
                    "/cgroup/metrics",
                    Duration.ZERO,
                    CgroupSelection.all(),
                    ClassicBuckets.DEFAULT,
                    false,
                    Optional.of(Duration.ofMinutes(15))),
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
        source.next = LivePageTest::growing;
    }

    /** Waits half of the time, by a clock that never stands still. */
    private static Snapshot growing() {
        Instant now = Instant.now();
        long nanos = now.getEpochSecond() * 1_000_000_000 + now.getNano();
        long[] buckets = new long[20];
        buckets[19] = nanos / 1_000_000;
        return new SnapshotFixture()
                .at(now)
                .cgroups("/", "/a", "/a/" + HOSTILE.replace("/", ""))
                .collector(
                        RUNQUEUE,
                        Map.of(
                                "/",
                                runqueue(nanos / 1_000_000, 0, nanos / 2, buckets),
                                "/a",
                                runqueue(nanos / 1_000_000, 0, nanos / 2, buckets)))
                .failure("attach", HOSTILE)
                .build();
    }

    @Test
    void thePageAndItsFilesMayDoNothingButTalkToTheExporter() throws Exception {
        for (String path : List.of("/", "/page/app.js", "/api/frame", "/api/cgroup?id=1")) {
            HttpResponse<String> response = get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(200);
            assertThat(response.headers().firstValue("content-security-policy").orElseThrow())
                    .as(path)
                    .contains("default-src 'none'; script-src 'self'; style-src 'self'; ", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "*", "http");
            assertThat(response.headers().firstValue("x-content-type-options")).hasValue("nosniff");
            assertThat(response.headers().firstValue("referrer-policy")).hasValue("no-referrer");
            assertThat(response.headers().map()).doesNotContainKey("access-control-allow-origin");
        }
        assertThat(get("/").headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
        assertThat(get("/page/app.js").headers().firstValue("content-type")).hasValue("text/javascript; charset=utf-8");
        assertThat(get("/page/Live.class").statusCode()).isEqualTo(404);
    }

    @Test
    void whatABrowserHasIsNotSentAgain() throws Exception {
        String tag = get("/page/app.js").headers().firstValue("etag").orElseThrow();
        HttpResponse<String> again =
                client.send(request("/page/app.js").header("If-None-Match", tag).build(), BodyHandlers.ofString());
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void aFrameHasTheTreeOnceAndValuesOfWhoHasSome() throws Exception {
        HttpResponse<String> response = get("/api/frame?stats=runqueue_latency,nonsense");
        assertThat(response.headers().firstValue("content-type").orElseThrow()).startsWith("application/json");
        assertThat(response.headers().firstValue("cache-control")).hasValue("no-store");
        Map<String, Object> frame = json(response.body());
        assertThat(frame)
                .containsEntry("ids", List.of("1", "2", "3"))
                .containsEntry("parents", List.of(-1, 0, 1))
                .containsEntry("names", List.of("", "a", HOSTILE.replace("/", "")))
                .containsEntry("metrics", "/cgroup/metrics")
                .containsEntry("failures", Map.of("attach", HOSTILE));
        assertThat(JsonTree.at(frame, "collectors").toString()).contains("runqueue", "walk");
        assertThat((Map<?, ?>) JsonTree.at(frame, "values")).hasSize(1);
        assertThat(JsonTree.at(frame, "values", "runqueue_latency", "of")).isEqualTo(List.of(0, 1));
        assertThat((List<?>) JsonTree.at(frame, "values", "runqueue_latency", "are"))
                .allSatisfy(value -> assertThat(((Number) value).doubleValue()).isBetween(0.49, 0.51));
        assertThat(json(get("/api/frame?tree=" + frame.get("tree")).body()))
                .doesNotContainKey("names")
                .containsEntry("tree", frame.get("tree"));
    }

    @Test
    void aCgroupHasItsNumbersAndItsHistory() throws Exception {
        get("/api/frame");
        Map<String, Object> cgroup = json(get("/api/cgroup?id=2&stats=runqueue_latency&histogram=runqueue_latency")
                .body());
        assertThat(cgroup).containsEntry("path", "/a").containsEntry("gone", false);
        assertThat(((Map<?, ?>) JsonTree.at(cgroup, "values")).keySet().stream().map(Object::toString))
                .contains("runqueue_latency", "runqueue_latency.p99", "context_switches");
        List<?> observations = (List<?>) JsonTree.at(cgroup, "history", "observations");
        assertThat(observations).isNotEmpty();
        assertThat(observations.getFirst().toString()).startsWith("[19, ");
        assertThat(json(get("/api/cgroup?id=999").body()))
                .containsEntry("gone", true)
                .doesNotContainKey("values");
    }

    @Test
    void whereNothingCanBeReadItSaysWhy() throws Exception {
        get("/api/frame");
        source.next = FakeSource.failing("nothing is loaded");
        Await.until(
                "it is noticed", Duration.ofSeconds(20), () -> get("/api/frame").statusCode() == 503);
        assertThat(get("/api/frame").body()).isEqualTo("nothing is loaded\n");
    }

    @Test
    void viewersAreToldOfFramesAndThereIsRoomForSoMany() throws Exception {
        List<InputStream> viewers = new ArrayList<>();
        try {
            for (int i = 0; i < MOST_VIEWERS; i++) {
                HttpResponse<InputStream> response = events();
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.headers().firstValue("content-type").orElseThrow())
                        .startsWith("text/event-stream");
                viewers.add(response.body());
            }
            HttpResponse<String> refused = get("/api/events");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).startsWith("32 pages are open at this service");
            // The first event comes at once, those after it with frames; nobody reads what the others get.
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(viewers.getFirst(), StandardCharsets.UTF_8));
            for (int frames = 0; frames < 3; ) {
                frames += reader.readLine().equals("event: frame") ? 1 : 0;
            }
        } finally {
            for (InputStream viewer : viewers) {
                viewer.close();
            }
        }
        Await.until("one that goes makes room", Duration.ofSeconds(30), () -> {
            HttpResponse<InputStream> response = events();
            response.body().close();
            return response.statusCode() == 200;
        });
    }

    private HttpResponse<InputStream> events() throws IOException, InterruptedException {
        return client.send(request("/api/events").build(), BodyHandlers.ofInputStream());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        URI uri = service.metrics().resolve(path);
        return HttpRequest.newBuilder(uri);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> json(String text) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            parser.nextToken();
            return (Map<String, Object>) JsonTree.read(parser);
        }
    }
}
