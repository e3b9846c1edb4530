// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Run-queue latency against the kernel's own count of it, kept for each task at another place in the scheduler. */
@Tag("kernel")
class SchedstatKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @Test
    void theSumOfWaitsAgreesWithRunDelay() throws InterruptedException {
        try (TestCgroup cgroup = TestCgroup.create()) {
            List<Workload> loops = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    loops.add(Workload.busy(cgroup, 1));
                }
                Await.until(
                        "all loops run",
                        Duration.ofSeconds(30),
                        () -> loops.stream().allMatch(loop -> loop.runTime() > 100_000_000));
                LOADED.snapshot();
                Counts before = Counts.of(loops, cgroup);
                // The measured interval, not a wait for something: three of the four loops queue all the time.
                Thread.sleep(Duration.ofSeconds(6));
                Counts after = Counts.of(loops, cgroup);
                long delay = after.runDelay - before.runDelay;
                long waited = after.waited - before.waited;

                System.out.printf(
                        "run_delay %d ns, cgroup_runqueue_latency_seconds_sum %d ns, ratio %.5f%n",
                        delay, waited, (double) waited / delay);
                assertThat(waited).isCloseTo(delay, withPercentage(2));
                assertThat(delay).isGreaterThan(Duration.ofSeconds(10).toNanos());
            } finally {
                loops.forEach(Workload::close);
            }
        }
    }

    /** Both counts, in nanoseconds. They cannot be read at once: one is read before and after the other, and halved between. */
    private record Counts(long runDelay, long waited) {
        static Counts of(List<Workload> loops, TestCgroup cgroup) {
            long before = runDelay(loops);
            long waited = Totals.waited(LOADED.snapshot(), cgroup.path());
            return new Counts(before + (runDelay(loops) - before) / 2, waited);
        }

        private static long runDelay(List<Workload> loops) {
            return loops.stream().mapToLong(Workload::runDelay).sum();
        }
    }
}
