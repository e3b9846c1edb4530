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

/** Who is told to have taken the CPU has taken it, and all of them together took what the kernel says was lost. */
@Tag("kernel")
class PreemptionKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    /** The words of a top: for each entry its key, value and weight; then what no entry has. */
    private static final int ENTRIES = 8;

    private static final int TOP = 3 * ENTRIES + 1;
    private static final int PREEMPTED = 0;
    private static final int DELAYED = TOP;

    /**
     * The build machine's kernel runs no BPF program in the context of its process 1: what that process' threads are switched to is
     * switched to unseen.
     */
    private static final boolean EVERY_SWITCH_IS_SEEN = System.getenv("RSTAT_TESTBED") != null;

    private static long word(Snapshot snapshot, TestCgroup cgroup, int word) {
        return Totals.value(snapshot, "preemption", cgroup.path(), word);
    }

    private static long by(Snapshot snapshot, TestCgroup cgroup, int top, long aggressor) {
        for (int i = 0; i < ENTRIES; i++) {
            if (word(snapshot, cgroup, top + 3 * i) == aggressor) {
                return word(snapshot, cgroup, top + 3 * i + 1);
            }
        }
        return 0;
    }

    private static long sum(Snapshot snapshot, TestCgroup cgroup, int top) {
        long sum = word(snapshot, cgroup, top + 3 * ENTRIES);
        for (int i = 0; i < ENTRIES; i++) {
            sum += word(snapshot, cgroup, top + 3 * i + 1);
        }
        return sum;
    }

    private record Counts(
            long preempted,
            long preemptions,
            long delayed,
            long runDelay,
            long preemptedByOther,
            long delayedByOther,
            long delayedByItself) {
        static Counts frozen(TestCgroup top, TestCgroup victim, TestCgroup other, List<Workload> victims) {
            top.freeze();
            Snapshot snapshot = LOADED.snapshot();
            return new Counts(
                    sum(snapshot, victim, PREEMPTED),
                    Totals.preemptions(snapshot, victim.path()),
                    sum(snapshot, victim, DELAYED),
                    victims.stream().mapToLong(Workload::runDelay).sum(),
                    by(snapshot, victim, PREEMPTED, other.id()),
                    by(snapshot, victim, DELAYED, other.id()),
                    by(snapshot, victim, DELAYED, victim.id()));
        }

        Counts since(Counts before) {
            return new Counts(
                    preempted - before.preempted,
                    preemptions - before.preemptions,
                    delayed - before.delayed,
                    runDelay - before.runDelay,
                    preemptedByOther - before.preemptedByOther,
                    delayedByOther - before.delayedByOther,
                    delayedByItself - before.delayedByItself);
        }
    }

    private static Counts measure(
            String what,
            TestCgroup top,
            TestCgroup victim,
            TestCgroup other,
            List<Workload> victims,
            Workload aggressor)
            throws InterruptedException {
        List<Workload> all = new ArrayList<>(victims);
        all.add(aggressor);
        Await.until(
                "all loops run",
                Duration.ofSeconds(30),
                () -> all.stream().allMatch(loop -> loop.runTime() > 50_000_000));
        Counts before = Counts.frozen(top, victim, other, victims);
        top.thaw();
        // The measured interval, not a wait for something.
        Thread.sleep(Duration.ofSeconds(3));
        Counts counts = Counts.frozen(top, victim, other, victims).since(before);
        System.out.printf(
                "%s: preempted ours %d, by the other %d, runqueue's %d; delayed ours %d, by the other %d, by itself %d, run_delay %d difference %.3f %%%n",
                what,
                counts.preempted,
                counts.preemptedByOther,
                counts.preemptions,
                counts.delayed,
                counts.delayedByOther,
                counts.delayedByItself,
                counts.runDelay,
                100.0 * (counts.delayed - counts.runDelay) / counts.runDelay);
        assertThat(counts.preempted).isEqualTo(counts.preemptions).isPositive();
        assertThat(counts.delayed).isCloseTo(counts.runDelay, withPercentage(EVERY_SWITCH_IS_SEEN ? 0.1 : 2));
        return counts;
    }

    @Test
    void aLoopThatSharesItsCpuIsDelayedByTheOther() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup victim = top.child("victim");
            TestCgroup other = top.child("other");
            try (Workload loop = Workload.busy(victim, 1);
                    Workload aggressor = Workload.busy(other, 1)) {
                Counts counts = measure("one each", top, victim, other, List.of(loop), aggressor);
                assertThat(counts.delayedByOther).isGreaterThan(counts.delayed * 8 / 10);
                assertThat(counts.preemptedByOther).isGreaterThan(counts.preempted / 2);
            }
        }
    }

    /** Three loops take turns on a CPU: each waits for the two others. */
    @Test
    void twoLoopsOfACgroupDelayEachOtherToo() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup victim = top.child("victim");
            TestCgroup other = top.child("other");
            try (Workload first = Workload.busy(victim, 1);
                    Workload second = Workload.busy(victim, 1);
                    Workload aggressor = Workload.busy(other, 1)) {
                long ran = aggressor.runTime();
                Counts counts = measure("two and one", top, victim, other, List.of(first, second), aggressor);
                assertThat(counts.delayedByItself).isGreaterThan(counts.delayed / 5);
                assertThat(counts.delayedByOther).isGreaterThan(counts.delayed / 5);
                assertThat(aggressor.runTime()).isGreaterThan(ran);
            }
        }
    }
}
