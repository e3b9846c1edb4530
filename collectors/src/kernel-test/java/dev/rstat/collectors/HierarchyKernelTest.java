// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static dev.rstat.collectors.Totals.attaches;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Totals are those of subtrees, exactly, whatever lives, dies and reads meanwhile. */
@Tag("kernel")
class HierarchyKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "runqueue");

    @Test
    void everyLevelOfATreeHasExactlyWhatWasAttachedBelowIt() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            Map<TestCgroup, Integer> attaches = new LinkedHashMap<>();
            attaches.put(top, random.nextInt(1, 8));
            for (String middle : List.of("x", "y", "z")) {
                TestCgroup cgroup = top.child(middle);
                attaches.put(cgroup, random.nextInt(1, 8));
                for (String leaf : List.of("1", "2", "3")) {
                    attaches.put(cgroup.child(leaf), random.nextInt(1, 40));
                }
            }
            List<TestCgroup> moves = new ArrayList<>();
            attaches.forEach((cgroup, times) -> moves.addAll(Collections.nCopies(times, cgroup)));
            Collections.shuffle(moves, random);
            long before = attaches(LOADED.snapshot(), "/");

            moves.forEach(cgroup -> cgroup.attach(process.pid()));

            Snapshot snapshot = LOADED.snapshot();
            for (TestCgroup cgroup : attaches.keySet()) {
                long expected = attaches.entrySet().stream()
                        .filter(entry -> entry.getKey().directory().startsWith(cgroup.directory()))
                        .mapToLong(Map.Entry::getValue)
                        .sum();
                assertThat(attaches(snapshot, cgroup.path()))
                        .as("%s, seed %d", cgroup.path(), seed)
                        .isEqualTo(expected);
            }
            assertThat(attaches(snapshot, "/") - before).isEqualTo(moves.size());
        }
    }

    @Test
    void aParentIsTheSumOfItsChildrenInEverySnapshotWhileTheyWork() {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup a = top.child("a");
            TestCgroup b = top.child("b");
            try (Workload a1 = Workload.busy(a, 0);
                    Workload a2 = Workload.busy(a, 0);
                    Workload b1 = Workload.busy(b, 0);
                    Workload b2 = Workload.busy(b, 0)) {
                List<Workload> workloads = List.of(a1, a2, b1, b2);
                Await.until(
                        "all loops run",
                        Duration.ofSeconds(30),
                        () -> workloads.stream().allMatch(workload -> workload.runTime() > 50_000_000));
                // A word whose flush is the collector's own is no sum.
                int[] words = Totals.collector(LOADED.snapshot(), "runqueue").schema().metrics().stream()
                        .filter(metric -> !metric.ownFlush())
                        .flatMapToInt(metric -> IntStream.range(
                                metric.firstWord(),
                                metric.firstWord() + metric.type().words()))
                        .toArray();
                long last = 0;
                for (int i = 0; i < 30; i++) {
                    Snapshot snapshot = LOADED.snapshot();
                    for (int word : words) {
                        assertThat(Totals.value(snapshot, "runqueue", top.path(), word))
                                .as("word %d of snapshot %d", word, i)
                                .isEqualTo(Totals.value(snapshot, "runqueue", a.path(), word)
                                        + Totals.value(snapshot, "runqueue", b.path(), word));
                    }
                    assertThat(Totals.longestWait(snapshot, top.path()))
                            .isEqualTo(Math.max(
                                    Totals.longestWait(snapshot, a.path()), Totals.longestWait(snapshot, b.path())));
                    assertThat(Totals.waits(snapshot, top.path())).isGreaterThanOrEqualTo(last);
                    last = Totals.waits(snapshot, top.path());
                }
                assertThat(last).isPositive();
            }
        }
    }

    /** Every read of a cpu.stat flushes a subtree, and leaves its parents behind until the next flush of them. */
    @Test
    void readersOfOtherFilesDoNotDisturbTheSums() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            TestCgroup a = top.child("a");
            TestCgroup b = top.child("b");
            AtomicBoolean done = new AtomicBoolean();
            Thread reader = Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    try {
                        Files.readString(a.directory().resolve("cpu.stat"));
                        Thread.sleep(3);
                    } catch (IOException | InterruptedException failure) {
                        throw new IllegalStateException(failure);
                    }
                }
            });
            for (int i = 1; i <= 50; i++) {
                a.attach(process.pid());
                b.attach(process.pid());
                Snapshot snapshot = LOADED.snapshot();
                assertThat(attaches(snapshot, a.path())).isEqualTo(i);
                assertThat(attaches(snapshot, b.path())).isEqualTo(i);
                assertThat(attaches(snapshot, top.path())).isEqualTo(2L * i);
            }
            done.set(true);
            reader.join();
        }
    }

    @Test
    void theCountsOfARemovedCgroupStayInItsParent() {
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            TestCgroup child = top.child("a");
            for (int i = 0; i < 5; i++) {
                child.attach(process.pid());
            }
            top.attach(process.pid());
            child.remove();

            Snapshot snapshot = LOADED.snapshot();
            assertThat(Totals.index(snapshot, child.path())).isEmpty();
            assertThat(attaches(snapshot, top.path())).isEqualTo(6);

            // The same path is another cgroup, which starts at 0.
            TestCgroup again = top.child("a");
            again.attach(process.pid());
            Snapshot later = LOADED.snapshot();
            assertThat(attaches(later, again.path())).isEqualTo(1);
            assertThat(attaches(later, top.path())).isEqualTo(7);
        }
    }

    @Test
    void cgroupsThatComeAndGoLeaveTheirCountsAndNothingElse() {
        int cgroups = 400;
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            top.attach(process.pid());
            int entries = Totals.collector(LOADED.snapshot(), "attach").state().entries();
            long root = attaches(LOADED.snapshot(), "/");
            for (int i = 0; i < cgroups; i++) {
                TestCgroup child = top.child("c" + i);
                TestCgroup grandchild = child.child("d");
                grandchild.attach(process.pid());
                top.attach(process.pid());
                grandchild.remove();
                child.remove();
            }
            // The kernel frees them in its own time; their last counts are in the parent before that, or by then.
            Await.until(
                    "dead cgroups leave the maps",
                    Duration.ofSeconds(60),
                    () -> Totals.collector(LOADED.snapshot(), "attach").state().entries() <= entries + 1);
            Snapshot snapshot = LOADED.snapshot();
            assertThat(attaches(snapshot, top.path())).isEqualTo(1 + 2L * cgroups);
            assertThat(attaches(snapshot, "/") - root).isEqualTo(2L * cgroups);
            assertThat(Totals.collector(snapshot, "attach").state().lostEvents())
                    .isZero();
        }
    }
}
