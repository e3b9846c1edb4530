// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.OtherUser;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.io.FileInputStream;
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
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Stats files with the service alive, dead, and alive again. */
@Tag("kernel")
class FilesServiceKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    /** A user that no file of the tests belongs to, in the group that files are delegated to. */
    private static final int USER = 4242;

    private static final String GROUP = "rstat";
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Until what was missed is made up for, from when a service is ready: what a JVM takes until then is the machine's. */
    private static final Duration RESTARTED = Duration.ofSeconds(1);

    /** More than ten times what a flush of these few cgroups takes, where it takes longest. */
    private static final Duration MOVED = Duration.ofSeconds(2);

    private static final List<String> SAID = new ArrayList<>();

    @BeforeAll
    static void load() {
        Loader.unload(ROOT, SAID::add);
        Loader.load(
                LoadedCollectors.options(4096)
                        .withCollectors(Loader.builtIn(List.of("attach", "runqueue")))
                        .withFilesGroup(GROUP),
                SAID::add);
    }

    @AfterAll
    static void unload() {
        Loader.unload(ROOT, SAID::add);
        assertThat(ROOT).doesNotExist();
    }

    private static Map<String, Long> read(Path file) {
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            // One read: it cannot be sought, which readAllBytes() tries.
            byte[] text = new byte[1 << 15];
            return parse(new String(text, 0, in.read(text), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Map<String, Long> parse(String text) {
        return text.lines()
                .map(line -> line.split(" ", 2))
                .collect(Collectors.toMap(fields -> fields[0], fields -> Long.parseUnsignedLong(fields[1])));
    }

    private static double value(Map<String, Long> file, String key) {
        return Objects.requireNonNull(file.get(key));
    }

    private static Path file(TestCgroup cgroup, String collector) {
        return StatsFiles.path(ROOT, cgroup.path(), collector);
    }

    private static void give(TestCgroup cgroup) throws IOException {
        Files.setAttribute(cgroup.directory(), "unix:uid", USER);
    }

    /** As a member of the group, with no capability. */
    private static InstalledCommand.Outcome delegated(List<String> command) throws IOException {
        List<String> whole = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + USER,
                "--groups=" + Files.getAttribute(ROOT.resolve("delegated"), "unix:gid"),
                "--inh-caps=-all"));
        whole.addAll(command);
        return InstalledCommand.execute(whole);
    }

    @Test
    void filesOutliveTheServiceAndWhatItMissedIsMadeWhenItIsBack() throws Exception {
        try (TestCgroup before = TestCgroup.create();
                Workload moved = Workload.sleeping()) {
            try (RunningService service = RunningService.started()) {
                Await.until("files are there", SOON, () -> Files.exists(file(before, "runqueue")));
                aFileSaysWhatTheMetricsSay(service);
                aForgedRequestIsRefused(before);
                service.kill();
            }
            // What is there reads and moves.
            long attaches = Objects.requireNonNull(read(file(before, "attach")).get("attaches"));
            before.attach(moved.pid());
            // Not at once: readers may flush a tenth of the time, and the look a moment ago has used up some of it.
            Await.until(
                    "the file has moved",
                    MOVED,
                    () -> Objects.requireNonNull(read(file(before, "attach")).get("attaches")) == attaches + 1);

            try (TestCgroup after = TestCgroup.create();
                    TestCgroup own = TestCgroup.create()) {
                assertThat(parse(Workload.unprivileged(after, "cat %s/self/attach".formatted(ROOT))))
                        .containsEntry("cgroup_id", after.id());
                assertThat(file(after, "attach")).doesNotExist();

                give(own);
                own.attach(moved.pid());
                delegated(InstalledCommand.command("files", "make", "--name", "mine", own.path()))
                        .assertDone();
                Path mine = ROOT.resolve("users/%d/mine/attach".formatted(USER));
                InstalledCommand.Outcome read =
                        delegated(List.of("cat", mine.toString())).assertDone();
                assertThat(parse(read.out()))
                        .containsEntry("cgroup_id", own.id())
                        .containsEntry("attaches", 1L);
                // Nobody else's, by the file's mode; and its maker sees no cgroup that is not its own.
                assertThat(Workload.unprivileged(after, "cat %s".formatted(mine)))
                        .contains("Permission denied");
                delegated(InstalledCommand.command("files", "make", "--name", "theirs", after.path()))
                        .assertDone();
                assertThat(delegated(List.of(
                                        "cat",
                                        ROOT.resolve("users/%d/theirs/attach".formatted(USER))
                                                .toString()))
                                .assertDone()
                                .out())
                        .isEqualTo("format 1\ndenied 1\n");
                long start = System.nanoTime();
                try (RunningService service = RunningService.started()) {
                    long ready = System.nanoTime();
                    Await.until(
                            "the missing files are there",
                            RESTARTED,
                            () -> Files.exists(file(after, "runqueue")) && Files.exists(file(own, "runqueue")));
                    long there = System.nanoTime();
                    System.out.printf(
                            "files: missing ones are there %.0f ms after the service is ready again, %.0f ms after its start%n",
                            (there - ready) / 1e6, (there - start) / 1e6);
                    assertThat(service.scrape())
                            .containsEntry("rstat_files_failures_total", 0.0)
                            .containsEntry("rstat_files_dropped_events_total", 0.0);
                }
            }
        }
    }

    /** Of the attacks (AttackKernelTest) the one that needs a service: whoever asks is who the kernel says, not who it says itself. */
    private static void aForgedRequestIsRefused(TestCgroup others) throws Exception {
        String answer = OtherUser.does(USER, () -> {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(StatsFiles.socket(ROOT)));
                channel.write(UTF_8.encode(
                        "POST /files?cgroup=%s HTTP/1.1\r\nHost: x\r\nX-Remote-User: root\r\nX-Uid: 0\r\nContent-Length: 0\r\n\r\n"
                                .formatted(others.path())));
                ByteBuffer text = ByteBuffer.allocate(1 << 16);
                channel.read(text);
                return UTF_8.decode(text.flip()).toString();
            }
        });
        System.out.printf(
                "forge a request for another's cgroup through the socket: %s%n",
                answer.lines().findFirst().orElse("no answer"));
        assertThat(answer).startsWith("HTTP/1.1 403 ");
    }

    private static void aFileSaysWhatTheMetricsSay(RunningService service) {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload busy = Workload.busy(cgroup, 0);
                Workload other = Workload.busy(cgroup, 0)) {
            Await.until("both loops run", SOON, () -> busy.runTime() > 50_000_000 && other.runTime() > 50_000_000);
            cgroup.freeze();
            Await.until("files are there", SOON, () -> Files.exists(file(cgroup, "runqueue")));
            // Nothing happens any more, so that two flushes see one thing.
            Map<String, Long> file = read(file(cgroup, "runqueue"));
            Map<String, Double> scrape = service.scrape();
            String labels = "{cgroup=\"%s\",".formatted(cgroup.path());
            assertThat(scrape)
                    .containsEntry("cgroup_context_switches_total%s}".formatted(labels), value(file, "switches"))
                    .containsEntry(
                            "cgroup_runqueue_latency_seconds_count%s}".formatted(labels), value(file, "wait_count"))
                    .containsEntry(
                            "cgroup_runqueue_latency_seconds_sum%s}".formatted(labels),
                            value(file, "wait_sum_ns") / 1e9);
            assertThat(read(file(cgroup, "attach")))
                    .containsEntry(
                            "attaches",
                            Objects.requireNonNull(scrape.get("cgroup_attaches_total%s}".formatted(labels)))
                                    .longValue());
            cgroup.thaw();
        }
    }
}
