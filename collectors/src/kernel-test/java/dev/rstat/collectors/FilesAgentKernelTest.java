// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The files agent makes files for cgroups that come and removes those of cgroups that go, whatever it missed. */
class FilesAgentKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final int BURST = 1000;

    /** More events than the ring has room for. */
    private static final int FLOOD = 10_000;

    /** After a burst: emulation included. */
    private static final Duration FREED = Duration.ofSeconds(1);

    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "process");

    private final List<String> said = new ArrayList<>();

    private static boolean hasFiles(TestCgroup cgroup) {
        return LOADED_NAMES.stream().allMatch(name -> Files.exists(StatsFiles.path(ROOT, cgroup.path(), name)));
    }

    private static final List<String> LOADED_NAMES = List.of("attach", "process");

    private FilesAgent start() {
        FilesAgent agent = FilesAgent.start(ROOT, System.out::println);
        Await.until("the agent has looked", SOON, () -> agent.state().rescans() > 0);
        return agent;
    }

    private static long dying(TestCgroup top) throws IOException {
        return Files.readAllLines(top.directory().resolve("cgroup.stat")).stream()
                .filter(line -> line.startsWith("nr_dying_descendants "))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    @Test
    @Tag("kernel")
    void filesComeAndGoWithTheirCgroups() {
        try (TestCgroup before = TestCgroup.create();
                FilesAgent agent = start()) {
            assertThat(hasFiles(before)).isTrue();
            TestCgroup dotted = before.child("user@1000.service");
            TestCgroup deep = dotted.child("a").child("100%");
            Await.until("files are there", SOON, () -> hasFiles(dotted) && hasFiles(deep));
            Path file = StatsFiles.path(ROOT, deep.path(), "attach");
            assertThat(IteratorFile.read(file)).contains("cgroup_id %d\n".formatted(deep.id()));
            deep.remove();
            Await.until("files are gone", SOON, () -> !Files.exists(file.getParent()));
            // The same path, another cgroup.
            TestCgroup again = before.child("x");
            Await.until("files are there", SOON, () -> hasFiles(again));
            again.remove();
            TestCgroup reused = before.child("x");
            Await.until("the file is the new cgroup's", SOON, () -> {
                Path attach = StatsFiles.path(ROOT, reused.path(), "attach");
                return Files.exists(attach)
                        && IteratorFile.read(attach).contains("cgroup_id %d\n".formatted(reused.id()));
            });
            assertThat(agent.state().failures()).isZero();
        }
    }

    /** By a program that keeps who makes a cgroup in the kernel for half a second, just after the agent has been told. */
    @Test
    @Tag("guest")
    void aCgroupThatCannotBeFoundYetHasItsFilesOnceItCan() throws IOException {
        try (TestCgroup top = TestCgroup.create();
                FilesAgent agent = start();
                BpfObject slow = BpfObject.open("slow", testObject("slow"))) {
            slow.load();
            BpfProgram program = slow.program("slow_activation").orElseThrow();
            TestCgroup late;
            long start;
            try (BpfLink _ = program.attach()) {
                start = System.nanoTime();
                late = top.child("late");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(400));
            Await.until("files are there", SOON, () -> hasFiles(late));
            assertThat(agent.state().failures()).isZero();
            assertThat(agent.state().unfound()).isZero();
        }
    }

    private static byte[] testObject(String name) throws IOException {
        try (InputStream in =
                FilesAgentKernelTest.class.getResourceAsStream("/dev/rstat/bpf/test/" + name + ".bpf.o")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    @Test
    @Tag("kernel")
    void aBurstOfCgroupsHasItsFilesAtOnceAndLeavesNothingBehind() throws IOException {
        try (TestCgroup top = TestCgroup.create();
                FilesAgent agent = start()) {
            assertThat(burst(top)).isLessThan(FREED);
            Await.until("the agent knows", SOON, () -> agent.state().dying() == 0);
            assertThat(agent.state().failures()).isZero();
        }
    }

    /** Makes cgroups and removes them; returns how long after the last removal nothing is left of them. */
    private static Duration burst(TestCgroup top) throws IOException {
        long dyingBefore = dying(top);
        long[] made = new long[BURST];
        long[] readable = new long[BURST];
        List<TestCgroup> cgroups = new ArrayList<>();
        CountDownLatch begun = new CountDownLatch(1);
        Thread watcher = Thread.ofPlatform().start(() -> {
            await(begun);
            for (int i = 0; i < BURST; i++) {
                // The last one that is made of each.
                Path file = StatsFiles.path(ROOT, top.path() + "/burst" + i, "process");
                while (!Files.exists(file)) {
                    LockSupport.parkNanos(100_000);
                }
                IteratorFile.read(file);
                readable[i] = System.nanoTime();
            }
        });
        begun.countDown();
        for (int i = 0; i < BURST; i++) {
            cgroups.add(top.child("burst" + i));
            made[i] = System.nanoTime();
        }
        long mkdirs = System.nanoTime();
        join(watcher);
        long[] delays = new long[BURST];
        Arrays.setAll(delays, i -> readable[i] - made[i]);
        Arrays.sort(delays);
        System.out.printf(
                "files agent: mkdir to readable file over a burst of %d in %.0f ms: p50 %.1f ms, p99 %.1f ms, %d collectors%n",
                BURST,
                (mkdirs - made[0]) / 1e6,
                delays[BURST / 2] / 1e6,
                delays[BURST * 99 / 100] / 1e6,
                LOADED_NAMES.size());

        cgroups.forEach(cgroup -> {
            try {
                Files.delete(cgroup.directory());
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
        long removed = System.nanoTime();
        Path directory = StatsFiles.path(ROOT, top.path(), "attach").getParent();
        Await.until("files are gone", SOON, () -> {
            try (var children = Files.list(directory)) {
                return children.noneMatch(Files::isDirectory);
            }
        });
        Await.until("no cgroup is dying", SOON, () -> dying(top) <= dyingBefore);
        Duration freed = Duration.ofNanos(System.nanoTime() - removed);
        System.out.printf(
                "files agent: after a burst of %d rmdirs files gone and nr_dying_descendants at its start after %d ms%n",
                BURST, freed.toMillis());
        return freed;
    }

    @Test
    @Tag("kernel")
    void whatHappenedWhileItWasDownIsMadeUpFor() {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup goes;
            try (FilesAgent _ = start()) {
                goes = top.child("goes");
                Await.until("files are there", SOON, () -> hasFiles(goes));
            }
            goes.remove();
            TestCgroup comes = top.child("comes");
            assertThat(Files.exists(StatsFiles.path(ROOT, goes.path(), "attach")))
                    .isTrue();
            assertThat(hasFiles(comes)).isFalse();
            try (FilesAgent _ = start()) {
                assertThat(Files.exists(StatsFiles.path(ROOT, goes.path(), "attach")))
                        .isFalse();
                assertThat(hasFiles(comes)).isTrue();
            }
        }
    }

    /** Ten thousand cgroups take a minute in a guest. The agent stops at what it says about a foreign file, and meanwhile the ring fills up. */
    @Test
    @Tag("host")
    void anOverflowIsNoticedAndMadeUpFor() throws IOException {
        CountDownLatch talking = new CountDownLatch(1);
        CountDownLatch listened = new CountDownLatch(1);
        Path foreign = ROOT.resolve("cgroups/foreign");
        try (TestCgroup top = TestCgroup.create();
                BpfMap map = BpfMap.createArray("foreign", 8)) {
            Pin.pin(map.fd(), foreign);
            try (FilesAgent agent = FilesAgent.start(ROOT, line -> {
                said.add(line);
                talking.countDown();
                await(listened);
            })) {
                await(talking);
                for (int i = 0; i < FLOOD; i++) {
                    Files.delete(top.child("flood").directory());
                }
                TestCgroup stays = top.child("stays");
                listened.countDown();
                Await.until("files are there", SOON, () -> hasFiles(stays));
                Await.until("drops are known", SOON, () -> agent.state().dropped() > 0);
                Await.until("it has looked again", SOON, () -> agent.state().rescans() > 1);
                assertThat(said).anyMatch(line -> line.contains("not ours") && line.contains(foreign.toString()));
                assertThat(Files.exists(foreign)).isTrue();
                Path gone = StatsFiles.path(ROOT, top.path() + "/flood", "attach");
                Await.until("nothing is left of what went", SOON, () -> !Files.exists(gone.getParent()));
                System.out.printf(
                        "files agent: %d of %d events found the ring full; %d looks at all cgroups%n",
                        agent.state().dropped(), 3L * FLOOD, agent.state().rescans());
            } finally {
                listened.countDown();
                Files.delete(foreign);
            }
        }
    }

    /** Which is why nothing here follows one. */
    @Test
    @Tag("kernel")
    void cgroup2RefusesToRename() {
        try (TestCgroup cgroup = TestCgroup.create()) {
            assertThat(cgroup.directory()
                            .toFile()
                            .renameTo(
                                    cgroup.directory().resolveSibling("renamed").toFile()))
                    .isFalse();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
