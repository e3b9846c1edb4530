// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.exposition.CgroupExposition;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that read slowly, not at all, or go away: others' scrapes go on, and what was held for them comes back. */
@Timeout(120)
class HostileClientsTest {
    /** The same in all tests of the service: within a JVM Micronaut remembers the first. */
    private static final String METRICS = "/cgroup/metrics";

    private static final Snapshot LARGE = large(12_000);
    private static final Duration PROMPT = Duration.ofSeconds(20);
    private static final long MIB = 1 << 20;

    /** Less than that takes the kernel's receive buffer to its least. */
    private static final int SMALL_BUFFER = 4096;

    private final List<Socket> sockets = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger snapshots = new AtomicInteger();
    private final FakeSource source = new FakeSource(() -> LARGE);

    @AfterEach
    void hangUp() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        client.close();
    }

    @Test
    void slowReadersHoldUpNobodyAndTakeAFewChunksEach() throws Exception {
        try (Service service = start(Duration.ofMinutes(10), Map.of())) {
            long length = scrape(service);
            assertThat(length).isGreaterThan(10 * MIB);
            long before = memory();
            for (int i = 0; i < 200; i++) {
                ask(connect(service)).getInputStream().read();
            }
            assertThat(scrape(service)).isGreaterThan(10 * MIB);
            assertThat(memory() - before).isLessThan(200 * 5L * CgroupExposition.CHUNK_BYTES);
        }
    }

    @Test
    void aReaderThatStallsIsCutOff() throws Exception {
        try (Service service = start(Duration.ofMinutes(10), Map.of("micronaut.server.idle-timeout", "4s"))) {
            scrape(service);
            long before = descriptors();
            Socket stalled = ask(connect(service));
            assertThat(stalled.getInputStream().read()).isPositive();
            awaitDescriptors(before + 1);
        }
    }

    /** A chunk has to be taken in the time, not a byte. */
    @Test
    void aReaderOfAByteASecondIsCutOffAndHoldsUpNobody() throws Exception {
        try (Service service = start(Duration.ofMinutes(10), Map.of("micronaut.server.idle-timeout", "4s"))) {
            scrape(service);
            long before = descriptors();
            AtomicInteger bytes = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                Socket slow = ask(connect(service));
                Thread.ofVirtual().start(() -> {
                    try {
                        while (slow.getInputStream().read() >= 0) {
                            bytes.incrementAndGet();
                            Thread.sleep(1000);
                        }
                    } catch (IOException | InterruptedException hungUp) {
                        // By the service, or at the end of the test.
                    }
                });
            }
            while (bytes.get() < 40) {
                assertThat(scrape(service)).isGreaterThan(10 * MIB);
            }
            awaitDescriptors(before + 20);
        }
    }

    @Test
    void aThousandIdleConnectionsHoldUpNobody() throws Exception {
        try (Service service = start(Duration.ofMinutes(10), Map.of())) {
            scrape(service);
            long before = descriptors();
            for (int i = 0; i < 1000; i++) {
                connect(service);
            }
            assertThat(scrape(service)).isGreaterThan(10 * MIB);
            hangUpAll();
            awaitDescriptors(before);
        }
    }

    @Test
    void descriptorsOfClientsThatLeaveAmidABodyComeBack() throws Exception {
        try (Service service = start(Duration.ofMinutes(10), Map.of())) {
            scrape(service);
            long before = descriptors();
            for (int i = 0; i < 100; i++) {
                ask(connect(service)).getInputStream().read();
            }
            hangUpAll();
            awaitDescriptors(before);
            assertThat(scrape(service)).isGreaterThan(10 * MIB);
        }
    }

    @Test
    void fiftyScrapesAtOnceCostOneSnapshot() throws Exception {
        Duration maxAge = Duration.ofSeconds(3);
        try (Service service = start(maxAge, Map.of())) {
            // The one of the start is shared for as long.
            Thread.sleep(maxAge);
            CountDownLatch asked = new CountDownLatch(1);
            source.next = () -> {
                snapshots.incrementAndGet();
                awaitUninterruptibly(asked);
                return small();
            };
            for (int i = 0; i < 50; i++) {
                ask(connect(service));
            }
            asked.countDown();
            for (Socket socket : sockets) {
                assertThat(socket.getInputStream().readNBytes(12))
                        .asString(US_ASCII)
                        .isEqualTo("HTTP/1.1 200");
            }
            assertThat(snapshots).hasValue(1);
        }
    }

    private Service start(Duration maxAge, Map<String, Object> settings) {
        return Service.start(
                new ServiceOptions(new ListenAddress("127.0.0.1", 0), METRICS, maxAge),
                () -> source,
                List.of("runqueue"),
                List.of(),
                settings);
    }

    private Socket connect(Service service) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(SMALL_BUFFER);
        socket.setSoTimeout((int) PROMPT.toMillis());
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), service.metrics().getPort()));
        return socket;
    }

    private static Socket ask(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(METRICS)
                        .getBytes(US_ASCII));
        return socket;
    }

    private void hangUpAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The length of the body. */
    private long scrape(Service service) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(service.metrics()).timeout(PROMPT).build();
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body().length;
    }

    /** Bytes in use, in the heap and outside of it. */
    private static long memory() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                + Math.max(0, PlatformDependent.usedDirectMemory())
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private static void awaitDescriptors(long most) throws Exception {
        long deadline = System.nanoTime() + 2 * PROMPT.toNanos();
        while (descriptors() > most && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(descriptors()).isLessThanOrEqualTo(most);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static Snapshot small() {
        return new SnapshotFixture()
                .at(Instant.now())
                .cgroups("/")
                .collector(RUNQUEUE, Map.of("/", runqueue(1, 0, 1, 1)))
                .build();
    }

    private static Snapshot large(int cgroups) {
        Map<String, long[]> words = new HashMap<>();
        List<String> paths = new ArrayList<>(List.of("/"));
        for (int i = 0; i < cgroups; i++) {
            paths.add("/service-" + i + ".scope");
            words.put(paths.getLast(), runqueue(i, 1, i * 1_000_003L, 0, 1, 2, 3));
        }
        return new SnapshotFixture()
                .at(Instant.now())
                .cgroups(paths.toArray(String[]::new))
                .collector(RUNQUEUE, words)
                .build();
    }
}
