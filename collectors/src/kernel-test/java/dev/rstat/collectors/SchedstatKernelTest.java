// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The run-queue collector against the kernel's own counts, which it keeps for each task at another place in the scheduler. They are read
 * while the cgroup is frozen, so both count the same interval.
 */
@Tag("kernel")
class SchedstatKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("runqueue");

    /**
     * On Debian's kernels. The build machine's kernel runs no BPF program in the context of its process 1: a task that is switched to from
     * one of that process's threads is switched to unseen, which happens some times a second.
     */
    private static final boolean EVERY_SWITCH_IS_SEEN = System.getenv("RSTAT_TESTBED") != null;

    /** An unseen switch takes its wait with it. */
    private static final Percentage CLOSE = withPercentage(EVERY_SWITCH_IS_SEEN ? 2 : 5);

    private record Counts(
            long waited, long runDelay, long switches, long kernelSwitches, long preemptions, long involuntary) {
        static Counts frozen(TestCgroup cgroup, List<Workload> tasks) {
            cgroup.freeze();
            Snapshot snapshot = LOADED.snapshot();
            return new Counts(
                    Totals.waited(snapshot, cgroup.path()),
                    sum(tasks, Workload::runDelay),
                    Totals.switches(snapshot, cgroup.path()),
                    sum(tasks, task -> task.voluntarySwitches() + task.involuntarySwitches()),
                    Totals.preemptions(snapshot, cgroup.path()),
                    sum(tasks, Workload::involuntarySwitches));
        }

        private static long sum(List<Workload> tasks, ToLongFunction<Workload> count) {
            return tasks.stream().mapToLong(count).sum();
        }

        Counts since(Counts before) {
            return new Counts(
                    waited - before.waited,
                    runDelay - before.runDelay,
                    switches - before.switches,
                    kernelSwitches - before.kernelSwitches,
                    preemptions - before.preemptions,
                    involuntary - before.involuntary);
        }
    }

    /** Nanoseconds since the system was booted, rounded up to the hundredth of a second that /proc/uptime shows. */
    private static long uptime() {
        try {
            String seconds = Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0];
            return 1_000_000_000L
                    / 100
                    * (new BigDecimal(seconds).movePointRight(2).longValueExact() + 1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void waitsSwitchesAndPreemptionsAreThoseOfTheKernel() throws InterruptedException {
        long began = uptime();
        try (TestCgroup cgroup = TestCgroup.create();
                Workload echo = Workload.echoing(cgroup)) {
            List<Workload> tasks = new ArrayList<>(List.of(echo));
            for (int i = 0; i < 4; i++) {
                tasks.add(Workload.busy(cgroup, 1));
            }
            Await.until(
                    "all loops run",
                    Duration.ofSeconds(30),
                    () -> tasks.stream().skip(1).allMatch(loop -> loop.runTime() > 100_000_000));
            Counts before = Counts.frozen(cgroup, tasks);
            cgroup.thaw();
            for (int i = 0; i < 200; i++) {
                echo.echo();
            }
            // The measured interval, not a wait for something: three of the four loops queue all the time.
            Thread.sleep(Duration.ofSeconds(6));
            Counts counts = Counts.frozen(cgroup, tasks).since(before);

            System.out.printf(
                    "run_delay %d ns, cgroup_runqueue_latency_seconds_sum %d ns, ratio %.5f; switches %d and %d, preemptions %d and %d%n",
                    counts.runDelay,
                    counts.waited,
                    (double) counts.waited / counts.runDelay,
                    counts.kernelSwitches,
                    counts.switches,
                    counts.involuntary,
                    counts.preemptions);
            Snapshot snapshot = LOADED.snapshot();
            assertThat(Totals.throttled(snapshot, cgroup.path()))
                    .as("throttled without a quota")
                    .isZero();
            assertThat(Totals.longestWait(snapshot, cgroup.path()))
                    .isBetween(
                            Totals.waited(snapshot, cgroup.path()) / Totals.waits(snapshot, cgroup.path()),
                            Totals.waited(snapshot, cgroup.path()));
            assertThat(Totals.longestWaitEnd(snapshot, cgroup.path())).isBetween(began, uptime());
            assertThat(counts.waited).isCloseTo(counts.runDelay, CLOSE);
            assertThat(counts.runDelay).isGreaterThan(Duration.ofSeconds(10).toNanos());
            assertThat(counts.switches).isGreaterThan(200);
            if (EVERY_SWITCH_IS_SEEN) {
                assertThat(counts.switches).isEqualTo(counts.kernelSwitches);
            } else {
                assertThat(counts.switches).isCloseTo(counts.kernelSwitches, CLOSE);
            }
            assertThat(counts.preemptions).isEqualTo(counts.involuntary).isPositive();
        }
    }
}
