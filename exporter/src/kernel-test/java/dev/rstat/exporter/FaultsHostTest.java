// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.MemoryController;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What hosts do to a service and a loader. Each fault is one of README's table; others are where what they hit is tested. */
@Tag("host")
class FaultsHostTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final List<String> COLLECTORS = List.of("attach", "runqueue");
    private static final Duration SOON = Duration.ofSeconds(30);

    /** {@code ./rstat test soak} stops the service for longer and kills the loader more often. */
    private static final Duration SUSPENDED = Duration.ofSeconds(Boolean.getBoolean("rstat.soak") ? 60 : 3);

    private static final int LOADER_KILLS = Boolean.getBoolean("rstat.soak") ? 100 : 5;

    /** README's figure for a service's memory, and some. */
    private static final long MEMORY = 256L << 20;

    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void load() {
        Loader.load(LoadedCollectors.options(4096).withCollectors(Loader.builtIn(COLLECTORS)), said::add);
    }

    @AfterEach
    void unload() {
        Loader.unload(ROOT, said::add);
        assertThat(ROOT).doesNotExist();
    }

    private static double attaches(RunningService service, TestCgroup cgroup) {
        return service.scrape().getOrDefault("cgroup_attaches_total{cgroup=\"%s\",}".formatted(cgroup.path()), 0.0);
    }

    private static double success(RunningService service, String collector) {
        return service.scrape().getOrDefault("rstat_collector_success{collector=\"%s\",}".formatted(collector), -1.0);
    }

    private static Path file(TestCgroup cgroup) {
        return StatsFiles.path(ROOT, cgroup.path(), "attach");
    }

    /** As by a debugger, or a freezer. */
    @Test
    void aServiceThatWasSuspendedHasAllThatHappenedMeanwhile() throws Exception {
        try (TestCgroup top = TestCgroup.create();
                Workload moved = Workload.sleeping();
                RunningService service = RunningService.started()) {
            TestCgroup goes = top.child("goes");
            Await.until("files are there", SOON, () -> Files.exists(file(goes)));
            service.signal("STOP");
            goes.attach(moved.pid());
            TestCgroup comes = top.child("comes");
            comes.attach(moved.pid());
            goes.remove();
            Thread.sleep(SUSPENDED);
            service.signal("CONT");
            assertThat(attaches(service, comes)).isEqualTo(1);
            assertThat(attaches(service, top)).isEqualTo(2);
            Await.until("files have followed", SOON, () -> Files.exists(file(comes)) && !Files.exists(file(goes)));
            assertThat(service.scrape())
                    .containsEntry("rstat_files_failures_total", 0.0)
                    .containsEntry("rstat_collector_success{collector=\"attach\",}", 1.0);
        }
    }

    @Test
    void whoDeletesACollectorsPinsSilencesThatCollectorUntilTheNextLoad() throws IOException {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload moved = Workload.sleeping();
                RunningService service = RunningService.started()) {
            cgroup.attach(moved.pid());
            assertThat(attaches(service, cgroup)).isEqualTo(1);
            delete(ROOT.resolve("collectors/attach"));
            assertThat(success(service, "attach")).isNotEqualTo(1);
            assertThat(success(service, "runqueue")).isEqualTo(1);
            load();
            cgroup.attach(moved.pid());
            assertThat(attaches(service, cgroup)).isEqualTo(1);
            assertThat(success(service, "attach")).isEqualTo(1);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
    }

    @Test
    void whoUnmountsTheBpffsStopsTheCountingUntilTheNextLoad() {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload moved = Workload.sleeping();
                RunningService service = RunningService.started()) {
            cgroup.attach(moved.pid());
            assertThat(attaches(service, cgroup)).isEqualTo(1);
            InstalledCommand.execute(List.of("umount", "--lazy", ROOT.toString()))
                    .assertDone();
            assertThat(success(service, "attach")).isNotEqualTo(1);
            Await.until(
                    "the files agent has noticed",
                    SOON,
                    () -> service.scrape().getOrDefault("rstat_files_failures_total", 0.0) > 0);
            assertThat(service.get("/-/healthy").statusCode()).isEqualTo(200);
            load();
            cgroup.attach(moved.pid());
            assertThat(attaches(service, cgroup)).isEqualTo(1);
            TestCgroup child = cgroup.child("child");
            Await.until("files are kept again", SOON, () -> Files.exists(file(child)));
        }
    }

    @Test
    void whereNothingCanBeWrittenDownItServesAllTheSame() {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload moved = Workload.sleeping();
                RunningService service = RunningService.startedAfter("exec >/dev/full 2>&1")) {
            cgroup.attach(moved.pid());
            assertThat(attaches(service, cgroup)).isEqualTo(1);
        }
    }

    @Test
    void aTmpThatIsReadOnlyOrForbidsProgramsDoesNotMatter() {
        for (String options : List.of("ro", "noexec", "size=4k,nr_inodes=1")) {
            String hide =
                    "mount -t tmpfs -o %1$s tmpfs /tmp && mount -t tmpfs -o %1$s tmpfs /var/tmp".formatted(options);
            try (TestCgroup cgroup = TestCgroup.create();
                    Workload moved = Workload.sleeping();
                    RunningService service = RunningService.startedAfter(hide)) {
                cgroup.attach(moved.pid());
                assertThat(attaches(service, cgroup)).as(options).isEqualTo(1);
            }
            InstalledCommand.runAfter(hide, loadCommand()).assertDone();
        }
    }

    @Test
    void aMemoryLimitIsKept() {
        List<TestCgroup> many = new ArrayList<>();
        try (TestCgroup cgroup = TestCgroup.create();
                MemoryController memory = MemoryController.of(cgroup)) {
            memory.limit(MEMORY);
            for (int i = 0; i < 1000; i++) {
                many.add(cgroup.child("many" + i));
            }
            TestCgroup home = cgroup.child("home");
            try (RunningService service = RunningService.startedAfter(memory.join(home))) {
                for (int i = 0; i < 20; i++) {
                    assertThat(service.scrape())
                            .containsKey("cgroup_info{cgroup=\"%s\",id=\"%d\",parent=\"%s\",depth=\"2\",}"
                                    .formatted(
                                            many.getLast().path(),
                                            many.getLast().id(),
                                            cgroup.path()));
                }
                System.out.printf(
                        "under a limit of %d MiB, 1000 cgroups: %d MiB resident%n",
                        MEMORY >> 20, service.resident() >> 20);
            }
            assertThat(memory.oomKills()).isZero();
        }
    }

    /** At any moment: while it finds out that there is nothing to do, and while it loads everything. */
    @Test
    void aLoaderThatIsKilledLosesNothingAndTheNextOneEndsItsWork() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (TestCgroup cgroup = TestCgroup.create();
                Workload moved = Workload.sleeping()) {
            for (int kill = 1; kill <= LOADER_KILLS; kill++) {
                cgroup.attach(moved.pid());
                killed(random.nextInt(1500));
                try (RunningService service = RunningService.started()) {
                    assertThat(attaches(service, cgroup))
                            .as("kill %d, seed %d", kill, seed)
                            .isEqualTo(kill);
                }
            }
            for (int kill = 1; kill <= LOADER_KILLS; kill++) {
                Loader.unload(ROOT, said::add);
                killed(random.nextInt(3000));
                load();
                cgroup.attach(moved.pid());
                try (RunningService service = RunningService.started()) {
                    // Whichever of the two loaded it: it counts once.
                    assertThat(attaches(service, cgroup))
                            .as("kill %d, seed %d", kill, seed)
                            .isEqualTo(1);
                    assertThat(success(service, "runqueue")).isEqualTo(1);
                }
                try (var left = Files.list(ROOT)) {
                    assertThat(left)
                            .noneMatch(path -> path.getFileName().toString().startsWith("loading-"));
                }
            }
            System.out.printf(
                    "%d kills of a loader over what is loaded, %d over nothing%n", LOADER_KILLS, LOADER_KILLS);
        }
    }

    /** What {@link #load} does, typed. */
    private static String[] loadCommand() {
        return Stream.concat(
                        Stream.of("load", "--max-cgroups=4096"),
                        Loader.builtIn().stream()
                                .filter(name -> !COLLECTORS.contains(name))
                                .map(name -> "--no-collector." + name))
                .toArray(String[]::new);
    }

    private static void killed(int milliseconds) throws Exception {
        Process loader = new ProcessBuilder(InstalledCommand.command(loadCommand()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        loader.waitFor(milliseconds, TimeUnit.MILLISECONDS);
        loader.destroyForcibly().waitFor();
    }
}
