// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.collectors.TestCgroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files on request: for owners, at once, and whatever else a client does it has an answer and nobody else waits. */
@Tag("host")
class FilesSocketHostTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final Path SOCKET = StatsFiles.socket(ROOT);
    private static final int FLOOD = 10_000;
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final List<String> SAID = new ArrayList<>();
    private static final List<RunningService> SERVICE = new ArrayList<>();

    @BeforeAll
    static void load() {
        Loader.unload(ROOT, SAID::add);
        Loader.load(
                LoadedCollectors.options(4096)
                        .withCollectors(Loader.builtIn(List.of("attach")))
                        .withFiles(false),
                SAID::add);
        SERVICE.add(RunningService.started());
    }

    @AfterAll
    static void unload() {
        SERVICE.forEach(RunningService::close);
        Loader.unload(ROOT, SAID::add);
        assertThat(ROOT).doesNotExist();
        assertThat(SOCKET.getParent()).doesNotExist();
    }

    private static SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(SOCKET));
        return channel;
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** All that comes until the other side closes. */
    private static String receive(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (channel.read(buffer) >= 0) {
            assertThat(buffer.hasRemaining()).isTrue();
        }
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }

    /** The answer to a client that waits while it has asked too often: root's allowance is what other tests have left of it. */
    private static String askInTurn(String line) {
        List<String> answers = new ArrayList<>();
        Await.until("root may ask", SOON, () -> {
            answers.add(ask(line));
            return status(answers.getLast()) != 429;
        });
        return answers.getLast();
    }

    /** The answer of this process, so of root, to a request line. */
    private static String ask(String line) {
        try (SocketChannel channel = connect()) {
            send(channel, line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            return receive(channel);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int status(String answer) {
        assertThat(answer).startsWith("HTTP/1.1 ");
        return Integer.parseInt(answer.substring(9, 12));
    }

    private static int status(TestCgroup cgroup) {
        return status(askInTurn("POST /files?cgroup=" + cgroup.path()));
    }

    @Test
    void whoOwnsACgroupGetsItsFilesAtOnceAndNobodyElse() throws IOException {
        try (TestCgroup cgroup = TestCgroup.create()) {
            Path file = StatsFiles.path(ROOT, cgroup.path(), "attach");
            assertThat(file).doesNotExist();
            InstalledCommand.runUnprivileged("files", "request", cgroup.path()).assertFailed("belongs to another user");
            assertThat(file).doesNotExist();
            Files.setAttribute(cgroup.directory(), "unix:uid", 65534);
            InstalledCommand.Outcome made = InstalledCommand.runUnprivileged("files", "request", cgroup.path())
                    .assertDone();
            assertThat(made.out()).isEqualTo(file + "\n");
            assertThat(file).exists();
            // Again: it is there. The user cannot be told over the wire, only by the kernel.
            assertThat(status(cgroup)).isEqualTo(201);
            cgroup.remove();
            Await.until("its files go with it", SOON, () -> !Files.exists(file.getParent()));
        }
    }

    @Test
    void whatIsNoRequestForACgroupIsRefusedWithItsReason() {
        String deep = "/" + "x".repeat(300);
        TreeMap<String, Integer> expected = new TreeMap<>();
        expected.put("POST /files?cgroup=/no/such/cgroup", 404);
        expected.put("POST /files?cgroup=" + deep, 404);
        expected.put("POST /files?cgroup=/../etc", 400);
        expected.put("POST /files?cgroup=/a/./b", 400);
        expected.put("POST /files?cgroup=/a//b", 400);
        expected.put("POST /files?cgroup=etc", 400);
        expected.put("POST /files?cgroup=/a%00b", 400);
        expected.put("POST /files?cgroup=%ZZ", 400);
        expected.put("POST /files?cgroup=/a&cgroup=/b", 400);
        expected.put("POST /files", 400);
        expected.put("GET /files?cgroup=/", 405);
        expected.put("POST /else?cgroup=/", 404);
        expected.put("POST /files?cgroup=/" + "y".repeat(20_000), 400);
        TreeMap<String, Integer> seen = new TreeMap<>();
        expected.keySet().forEach(line -> seen.put(line, status(askInTurn(line))));
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void aFloodIsRefusedAndOthersAreServedMeanwhile() throws Exception {
        try (TestCgroup cgroup = TestCgroup.create()) {
            Files.setAttribute(cgroup.directory(), "unix:uid", 65534);
            TreeMap<Integer, Integer> answers = new TreeMap<>();
            Thread flood = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < FLOOD; i++) {
                    answers.merge(status(ask("POST /files?cgroup=/no/such/cgroup")), 1, Integer::sum);
                }
            });
            long start = System.nanoTime();
            // The other's own time is mostly that of a JVM that starts.
            InstalledCommand.runUnprivileged("files", "request", cgroup.path()).assertDone();
            long other = System.nanoTime() - start;
            flood.join();
            long all = System.nanoTime() - start;
            System.out.printf(
                    "files socket: %d requests of one user in %.1f s: %s; another user's command took %.1f s%n",
                    FLOOD, all / 1e9, answers, other / 1e9);
            assertThat(answers.keySet()).containsExactlyInAnyOrder(404, 429);
            // So many at once, and so many a second.
            assertThat(answers.get(404)).isLessThan(100 + 51 * (int) (1 + all / 1_000_000_000));
        }
    }

    @Test
    void whoHangsUpOrSaysNothingCostsNothing() throws IOException {
        long before = descriptors();
        List<SocketChannel> silent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            SocketChannel channel = connect();
            send(channel, i % 2 == 0 ? "POST /files?cgr" : "");
            if (i % 3 == 0) {
                channel.close();
            } else {
                silent.add(channel);
            }
        }
        try (TestCgroup cgroup = TestCgroup.create()) {
            assertThat(status(cgroup)).isEqualTo(201);
        }
        // They are hung up on, one and all.
        for (SocketChannel channel : silent) {
            assertThat(receive(channel)).doesNotContain("201");
            channel.close();
        }
        Await.until("no descriptor is left", SOON, () -> descriptors() <= before + 1);
    }

    private static long descriptors() {
        return SERVICE.getFirst().descriptors();
    }
}
