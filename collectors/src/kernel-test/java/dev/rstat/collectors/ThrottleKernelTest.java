// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waits that a CPU quota causes are told from those that other tasks cause. In guests only: it takes cpu.max. */
@Tag("guest")
class ThrottleKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("runqueue");

    /** Nanoseconds, since the cgroup and its loops were made but for {@code throttledByKernel}. */
    private record Counts(long waited, long throttled, long runDelay, long throttledByKernel) {
        static Counts frozen(TestCgroup top, TestCgroup limited, List<Workload> loops) {
            top.freeze();
            Snapshot snapshot = LOADED.snapshot();
            return new Counts(
                    Totals.waited(snapshot, top.path()),
                    Totals.throttled(snapshot, top.path()),
                    loops.stream().mapToLong(Workload::runDelay).sum(),
                    throttledTime(limited));
        }

        Counts since(Counts before) {
            return new Counts(
                    waited - before.waited,
                    throttled - before.throttled,
                    runDelay - before.runDelay,
                    throttledByKernel - before.throttledByKernel);
        }
    }

    /** What the kernel says a cgroup's queues were throttled: the sum of all CPUs'. */
    private static long throttledTime(TestCgroup cgroup) {
        return read(cgroup, "cpu.stat")
                .lines()
                .filter(line -> line.startsWith("throttled_usec "))
                .mapToLong(line -> 1000 * Long.parseLong(line.substring(15)))
                .findFirst()
                .orElseThrow();
    }

    private static String read(TestCgroup cgroup, String file) {
        try {
            return Files.readString(cgroup.directory().resolve(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** 20 ms of each 100 ms. */
    private static void limit(TestCgroup cgroup) {
        write(cgroup.directory().resolve("cpu.max"), "20000 100000");
    }

    @BeforeAll
    static void enableTheController() {
        write(CgroupMount.find().path().resolve("cgroup.subtree_control"), "+cpu");
    }

    private static Counts measure(String what, TestCgroup top, TestCgroup limited, Workload... loops)
            throws InterruptedException {
        List<Workload> all = List.of(loops);
        Await.until(
                "all loops run",
                Duration.ofSeconds(30),
                () -> all.stream().allMatch(loop -> loop.runTime() > 50_000_000));
        Counts before = Counts.frozen(top, limited, all);
        top.thaw();
        // The measured interval, not a wait for something.
        Thread.sleep(Duration.ofSeconds(3));
        Counts counts = Counts.frozen(top, limited, all).since(before);
        System.out.printf(
                "%s: throttled ours %d theirs %d difference %.2f %%; with contention ours %d run_delay %d difference %.2f %%%n",
                what,
                counts.throttled,
                counts.throttledByKernel,
                100.0 * (counts.throttled - counts.throttledByKernel) / counts.throttledByKernel,
                counts.throttled + counts.waited,
                counts.runDelay,
                100.0 * (counts.throttled + counts.waited - counts.runDelay) / counts.runDelay);
        assertThat(counts.waited + counts.throttled).isCloseTo(counts.runDelay, withPercentage(2));
        return counts;
    }

    @Test
    void aLoopAloneIsThrottledForAsLongAsTheKernelSaysAndContendsWithNobody() throws InterruptedException {
        try (TestCgroup cgroup = TestCgroup.create()) {
            limit(cgroup);
            try (Workload loop = Workload.busy(cgroup, 1)) {
                Counts counts = measure("quota", cgroup, cgroup, loop);
                assertThat(counts.throttled).isCloseTo(counts.throttledByKernel, withPercentage(3));
                assertThat(counts.throttled)
                        .isGreaterThan(Duration.ofMillis(1800).toNanos());
                assertThat(counts.waited).isLessThan(counts.throttled / 4);
            }
        }
    }

    @Test
    void aQuotaOfTheParentThrottlesToo() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            limit(top);
            write(top.directory().resolve("cgroup.subtree_control"), "+cpu");
            TestCgroup child = top.child("a");
            try (Workload loop = Workload.busy(child, 1)) {
                Counts counts = measure("quota of the parent", top, top, loop);
                assertThat(counts.throttled).isCloseTo(counts.throttledByKernel, withPercentage(3));
                assertThat(counts.waited).isLessThan(counts.throttled / 4);
            }
        }
    }

    /** Neither loop of the other cgroup is throttled, though they wait for each other and for the third. */
    @Test
    void contentionIsNotThrottling() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            write(top.directory().resolve("cgroup.subtree_control"), "+cpu");
            TestCgroup limited = top.child("limited");
            TestCgroup free = top.child("free");
            limit(limited);
            try (Workload first = Workload.busy(limited, 1);
                    Workload second = Workload.busy(free, 1);
                    Workload third = Workload.busy(free, 1)) {
                Counts counts = measure("quota beside contention", top, limited, first, second, third);
                assertThat(counts.throttled).isCloseTo(counts.throttledByKernel, withPercentage(3));
                Snapshot snapshot = LOADED.snapshot();
                assertThat(Totals.throttled(snapshot, free.path())).isZero();
                assertThat(Totals.waited(snapshot, free.path()))
                        .isGreaterThan(Duration.ofSeconds(2).toNanos());
            }
        }
    }
}
