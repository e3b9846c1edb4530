// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fields of every type are put together over CPUs and the hierarchy as they should be, in every store and both flush modes. */
@Tag("kernel")
class ShapesKernelTest {
    private static final LoadOptions OPTIONS = LoadOptions.of(LoadedCollectors.PIN_ROOT)
            .withCollectors(List.of(new CollectorSource("shapes", "this test", object())))
            .withMaxCgroups(4096)
            .withFiles(false);

    private static final int ROUNDS = 250;

    private final List<String> said = new ArrayList<>();

    /** What a cgroup's totals must be. */
    private static final class Expected {
        long events;
        long balance;
        long sum;
        long largest;

        void attached(long pid) {
            events++;
            balance += (pid & 1) == 1 ? 1 : -3;
            sum += pid;
            largest = Math.max(largest, pid);
        }
    }

    @AfterEach
    void unload() {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("dev.rstat.collectors.Modes#all")
    void fourLevelsWithChurnAddUpExactly(FlushMode mode, ResultStore store) {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
        Loader.load(OPTIONS.withMode(Optional.of(mode)).withStore(Optional.of(store)), said::add);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Workload> processes = new ArrayList<>();
        try (TestCgroup top = TestCgroup.create();
                PinnedCollectors pinned = PinnedCollectors.open(LoadedCollectors.PIN_ROOT)) {
            for (int i = 0; i < 5; i++) {
                processes.add(Workload.sleeping());
            }
            Map<String, Expected> expected = new HashMap<>();
            Map<String, TestCgroup> leaves = new HashMap<>();
            List<TestCgroup> middle = new ArrayList<>();
            for (int a = 0; a < 2; a++) {
                TestCgroup second = top.child("a" + a);
                for (int b = 0; b < 3; b++) {
                    middle.add(second.child("b" + b));
                }
            }
            Expected root = new Expected();
            Snapshot before = pinned.snapshot();
            for (int round = 0; round < ROUNDS; round++) {
                TestCgroup parent = middle.get(random.nextInt(middle.size()));
                String name = "leaf" + random.nextInt(3);
                String path = parent.path() + "/" + name;
                TestCgroup leaf = leaves.get(path);
                if (leaf == null) {
                    leaf = parent.child(name);
                    leaves.put(path, leaf);
                    expected.put(path, new Expected());
                } else if (random.nextInt(5) == 0) {
                    // With what runs in it gone elsewhere first; that counts there.
                    for (Workload process : processes) {
                        attach(top, process.pid(), expected, root);
                    }
                    leaf.remove();
                    leaves.remove(path);
                    expected.remove(path);
                    continue;
                }
                attach(leaf, processes.get(random.nextInt(processes.size())).pid(), expected, root);
                if (random.nextInt(20) == 0) {
                    pinned.snapshot();
                }
            }
            Snapshot snapshot = pinned.snapshot();
            assertThat(snapshot.collectors()).hasSize(1).allMatch(CollectorSnapshot::consistent);
            CollectorSnapshot shapes = snapshot.collectors().getFirst();
            assertThat(shapes.mode()).isEqualTo(mode);
            assertThat(shapes.store()).isEqualTo(store);
            expected.forEach((path, totals) -> check(snapshot, path, totals, seed));
            assertThat(word(snapshot, "/", "events") - word(before, "/", "events"))
                    .as("root; seed %d", seed)
                    .isEqualTo(root.events);
            assertThat(word(snapshot, "/", "balance") - word(before, "/", "balance"))
                    .isEqualTo(root.balance);
            assertThat(shapes.state().lostEvents()).isZero();
            assertThat(shapes.state().misplacedEvents()).isZero();
            assertThat(shapes.state().missingTotals()).isZero();
        } finally {
            processes.forEach(Workload::close);
        }
    }

    /** Counts at the cgroup and at all above it. */
    private static void attach(TestCgroup cgroup, long pid, Map<String, Expected> expected, Expected root) {
        cgroup.attach(pid);
        root.attached(pid);
        for (String path = cgroup.path(); !path.isEmpty(); path = path.substring(0, path.lastIndexOf('/'))) {
            expected.computeIfAbsent(path, _ -> new Expected()).attached(pid);
        }
    }

    private static void check(Snapshot snapshot, String path, Expected expected, long seed) {
        String what = "%s; seed %d".formatted(path, seed);
        assertThat(word(snapshot, path, "events")).as(what).isEqualTo(expected.events);
        assertThat(word(snapshot, path, "balance")).as(what).isEqualTo(expected.balance);
        assertThat(word(snapshot, path, "pids")).as(what).isEqualTo(expected.sum);
        assertThat(word(snapshot, path, "ever")).as(what).isEqualTo(expected.largest);
        int cgroup = Totals.index(snapshot, path).orElseThrow();
        CollectorSnapshot shapes = snapshot.collectors().getFirst();
        if (shapes.has(cgroup)) {
            assertThat(shapes.maximum(cgroup, metric(snapshot, "largest").firstWord()))
                    .as(what)
                    .isEqualTo(expected.largest);
        }
        long top = 0;
        int first = metric(snapshot, "by_cgroup").firstWord();
        for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
            top += Totals.value(snapshot, "shapes", path, first + entry * Metric.TOP_ENTRY_WORDS + 1);
        }
        top += Totals.value(snapshot, "shapes", path, first + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS);
        assertThat(top).as(what).isEqualTo(expected.events);
    }

    private static Metric metric(Snapshot snapshot, String field) {
        return snapshot.collectors().getFirst().schema().metrics().stream()
                .filter(metric -> metric.field().equals(field))
                .findFirst()
                .orElseThrow();
    }

    private static long word(Snapshot snapshot, String path, String field) {
        return Totals.value(snapshot, "shapes", path, metric(snapshot, field).firstWord());
    }

    @Test
    void aLargestValueIsShownForAWindowAndThenForgotten() {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
        Loader.load(OPTIONS.withWindow(Duration.ofSeconds(2)), said::add);
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors pinned = PinnedCollectors.open(LoadedCollectors.PIN_ROOT)) {
            TestCgroup child = top.child("a");
            child.attach(process.pid());
            Snapshot snapshot = pinned.snapshot();
            assertThat(largest(snapshot, child.path())).isEqualTo(process.pid());
            assertThat(largest(snapshot, top.path())).isEqualTo(process.pid());
            long window = snapshot.collectors().getFirst().state().window();
            Await.until("two windows pass", Duration.ofSeconds(60), () -> {
                Snapshot later = pinned.snapshot();
                long now = later.collectors().getFirst().state().window();
                assertThat(largest(later, top.path())).isEqualTo(now <= window + 1 ? process.pid() : 0);
                return now > window + 1;
            });
        }
    }

    private static long largest(Snapshot snapshot, String path) {
        return snapshot.collectors()
                .getFirst()
                .maximum(
                        Totals.index(snapshot, path).orElseThrow(),
                        metric(snapshot, "largest").firstWord());
    }

    /** What found no room is counted, and every total that there is is right. */
    @ParameterizedTest
    @MethodSource("dev.rstat.collectors.Modes#stores")
    void aFullStoreCountsWhatItLosesAndItsParentsStayRight(ResultStore store) {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
        Loader.load(OPTIONS.withStore(Optional.of(store)).withMaxCgroups(16), said::add);
        int cgroups = 60;
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors pinned = PinnedCollectors.open(LoadedCollectors.PIN_ROOT)) {
            for (int i = 0; i < cgroups; i++) {
                TestCgroup child = top.child("c" + i);
                child.attach(process.pid());
                child.attach(process.pid());
            }
            Snapshot snapshot = pinned.snapshot();
            CollectorState state = snapshot.collectors().getFirst().state();
            assertThat(word(snapshot, top.path(), "events")).isEqualTo(2L * cgroups);
            assertThat(word(snapshot, "/", "events")).isGreaterThanOrEqualTo(2L * cgroups);
            assertThat(state.lostEvents()).isZero();
            if (store == ResultStore.CGROUP_STORAGE) {
                assertThat(state.missingTotals()).isZero();
                for (int i = 0; i < cgroups; i++) {
                    assertThat(word(snapshot, top.path() + "/c" + i, "events")).isEqualTo(2);
                }
            } else {
                assertThat(state.missingTotals() + state.misplacedEvents()).isPositive();
                assertThat(state.entries()).isLessThanOrEqualTo(16);
            }
        }
    }

    private static byte[] object() {
        try (InputStream in = ShapesKernelTest.class.getResourceAsStream("/dev/rstat/bpf/test/shapes.bpf.o")) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
