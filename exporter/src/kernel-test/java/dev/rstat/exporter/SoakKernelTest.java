// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.rstat.collectors.Await;
import dev.rstat.collectors.FlushMode;
import dev.rstat.collectors.Host;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Cgroups come, do work that is counted here, too, and go, some of them 32 deep and many under a path that another had, while all who can
 * look do so: scrapes in every format, an OTLP receiver, the files agent, readers of stats files and of {@code cpu.stat}. In the end the
 * totals are what was done, and nothing is left that was not there at the start. {@code ./rstat test soak} has many more.
 */
@Tag("kernel")
class SoakKernelTest {
    /** In a guest each takes a fifth of a second. */
    private static final boolean GUEST = LoadedCollectors.EXPECTED_MODE == FlushMode.RSTAT;

    private static final int CGROUPS = Integer.getInteger("rstat.soak.cgroups", GUEST ? 150 : 1000);

    /** Looks after which nothing more is expected to go. */
    private static final int ALIKE = 5;

    private static final int DEPTH = 32;
    private static final int BETWEEN_DEEP = 50;
    private static final int WARM_UP = GUEST ? 20 : 100;

    /** Of what the service holds: a heap grows to what it may. */
    private static final long MAX_GROWTH = 64 << 20;

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final List<String> FORMATS = List.of(
            "text/plain",
            "application/openmetrics-text",
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "process", "runqueue");

    /** What is to be as it was once all cgroups are gone. */
    private record Left(double entries, long files, long dying, long descriptors) {}

    /** What is known to have happened below the test's cgroup. */
    private static final class Injected {
        private int cgroups;
        private long attaches;
        private long forks;
    }

    /** A shell that, asked, forks once; it is moved through the cgroups. */
    private static final class Forker implements AutoCloseable {
        private final Process process;
        private final BufferedReader answers;
        private final BufferedWriter questions;

        Forker() {
            try {
                process = new ProcessBuilder("sh", "-c", "while read line; do (:); echo; done").start();
                answers = process.inputReader();
                questions = process.outputWriter();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        void fork() {
            try {
                questions.write('\n');
                questions.flush();
                assertThat(answers.readLine()).isEmpty();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void totalsAreWhatWasDoneAndNothingIsLeft() throws Exception {
        AtomicLong pushes = new AtomicLong();
        HttpServer receiver = receiver(pushes);
        try (TestCgroup top = TestCgroup.create();
                Forker forker = new Forker();
                RunningService service = RunningService.started(
                        "serve",
                        "--otlp.endpoint=http://127.0.0.1:"
                                + receiver.getAddress().getPort(),
                        "--otlp.interval=1s")) {
            Injected injected = new Injected();
            move(forker, top, injected);
            for (int i = 0; i < WARM_UP; i++) {
                come(top, i, forker, injected);
            }
            Left before = settled(service, top);
            long rootBefore = total(service.scrape(), "cgroup_attaches_total", "/");
            long residentBefore = service.resident();
            long attachesBefore = injected.attaches;
            Watchers watchers = new Watchers(service, top);
            try (watchers) {
                for (int i = 0; injected.cgroups < CGROUPS; i++) {
                    come(top, i, forker, injected);
                }
            }
            Left after = settled(service, top);
            Map<String, Double> scrape = service.scrape();
            long root = total(scrape, "cgroup_attaches_total", "/") - rootBefore;
            System.out.printf(
                    "soak: %d cgroups came and went, %d looks, %d pushes; attaches %d done, %d counted, %d at the root; forks %d done, %d"
                            + " counted; before %s, after %s; resident %d MiB before, %d after%n",
                    injected.cgroups,
                    watchers.looks.get(),
                    pushes.get(),
                    injected.attaches,
                    total(scrape, "cgroup_attaches_total", top.path()),
                    root,
                    injected.forks,
                    total(scrape, "cgroup_process_forks_total", top.path()),
                    before,
                    after,
                    residentBefore >> 20,
                    service.resident() >> 20);
            assertThat(total(scrape, "cgroup_attaches_total", top.path())).isEqualTo(injected.attaches);
            assertThat(total(scrape, "cgroup_process_forks_total", top.path())).isEqualTo(injected.forks);
            // Others of the host may have been moved as well.
            assertThat(root).isGreaterThanOrEqualTo(injected.attaches - attachesBefore);
            for (String lost :
                    List.of("rstat_lost_events_total", "rstat_misplaced_events_total", "rstat_missing_totals_total")) {
                assertThat(scrape).containsEntry("%s{collector=\"attach\",}".formatted(lost), 0.0);
                assertThat(scrape).containsEntry("%s{collector=\"process\",}".formatted(lost), 0.0);
            }
            assertThat(service.resident()).isLessThan(residentBefore + MAX_GROWTH);
            assertThat(pushes).hasValueGreaterThan(0);
            assertThat(after.entries()).isLessThanOrEqualTo(before.entries());
            assertThat(after.files()).isEqualTo(before.files());
            assertThat(after.dying()).isLessThanOrEqualTo(before.dying());
            assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 2);
        } finally {
            receiver.stop(0);
        }
    }

    /** One cgroup, or a chain of them, that comes, forks and goes. */
    private static void come(TestCgroup top, int number, Forker forker, Injected injected) {
        Deque<TestCgroup> chain = new ArrayDeque<>();
        TestCgroup deepest = top;
        int depth = number % BETWEEN_DEEP == BETWEEN_DEEP - 1 ? DEPTH : 1;
        for (int level = 0; level < depth; level++) {
            // Half of them have the path that another had just before.
            deepest = deepest.child(number % 2 == 0 ? "c" : "c" + number);
            chain.push(deepest);
        }
        injected.cgroups += depth;
        move(forker, deepest, injected);
        forker.fork();
        injected.forks++;
        move(forker, top, injected);
        chain.forEach(TestCgroup::remove);
    }

    private static void move(Forker forker, TestCgroup to, Injected injected) {
        to.attach(forker.process.pid());
        injected.attaches++;
    }

    /** All who look meanwhile, until closed. */
    private static final class Watchers implements AutoCloseable {
        private final List<Thread> threads;
        private final AtomicLong looks = new AtomicLong();
        private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        private volatile boolean ended;

        Watchers(RunningService service, TestCgroup top) {
            threads = Stream.<Runnable>of(
                            () -> assertThat(service.get("/metrics", FORMATS.get((int) (looks.get() % FORMATS.size())))
                                            .statusCode())
                                    .isEqualTo(200),
                            () -> assertThat(read(top.directory().resolve("cpu.stat")))
                                    .contains("usage_usec"),
                            () -> assertThat(read(LoadedCollectors.PIN_ROOT.resolve("self/ancestors/attach")))
                                    .contains("cgroup_id=1 "))
                    .map(look -> Thread.ofPlatform().start(() -> look(look)))
                    .toList();
        }

        private void look(Runnable look) {
            try {
                while (!ended) {
                    look.run();
                    looks.incrementAndGet();
                    Thread.sleep(50);
                }
            } catch (InterruptedException | RuntimeException | AssertionError failure) {
                failures.add(failure);
            }
        }

        @Override
        public void close() {
            ended = true;
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
            }
            assertThat(failures).isEmpty();
            assertThat(looks.get()).isGreaterThanOrEqualTo(threads.size());
        }
    }

    /** What there is once nothing more goes away. */
    private static Left settled(RunningService service, TestCgroup top) {
        List<Left> seen = new ArrayList<>();
        Await.until("what is gone has left the maps, the files and the kernel", PATIENCE, () -> {
            seen.add(new Left(
                    Objects.requireNonNull(ScrapeText.samples(service.get("/metrics?collect[]=attach&match=/")
                                    .body())
                            .get("rstat_map_entries{collector=\"attach\",}")),
                    files(top),
                    dying(),
                    service.descriptors()));
            Left last = seen.getLast();
            return last.files() > 0
                    && seen.size() >= ALIKE
                    && seen.subList(seen.size() - ALIKE, seen.size()).stream().allMatch(last::equals);
        });
        return seen.getLast();
    }

    private static long files(TestCgroup top) {
        try (Stream<Path> files = Files.walk(LoadedCollectors.PIN_ROOT.resolve("cgroups" + top.path()))) {
            return files.filter(Files::isRegularFile).count();
        } catch (IOException | UncheckedIOException changing) {
            return -1;
        }
    }

    private static long dying() {
        String field = "nr_dying_descendants ";
        return read(Host.cgroupRoot().resolve("cgroup.stat"))
                .lines()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.substring(field.length())))
                .sum();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static long total(Map<String, Double> scrape, String name, String path) {
        return Math.round(Objects.requireNonNull(scrape.get("%s{cgroup=\"%s\",}".formatted(name, path))));
    }

    /** Accepts all that is pushed. */
    private static HttpServer receiver(AtomicLong pushes) throws IOException {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
                exchange.sendResponseHeaders(200, -1);
                pushes.incrementAndGet();
            }
        });
        receiver.start();
        return receiver;
    }
}
