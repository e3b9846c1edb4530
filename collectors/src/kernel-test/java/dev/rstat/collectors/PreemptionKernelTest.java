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
    static final LoadedCollectors LOADED = new LoadedCollectors("preemption", "runqueue");

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

    /** Nanoseconds but for the first two; what the victim cgroup lost, and what ran. */
    private record Counts(
            long preempted,
            long preemptions,
            long delayed,
            long runDelay,
            long delayedByOther,
            long otherRan,
            long delayedByItself,
            long itselfRan) {
        static Counts frozen(
                TestCgroup top, TestCgroup victim, TestCgroup other, List<Workload> victims, Workload aggressor) {
            top.freeze();
            Snapshot snapshot = LOADED.snapshot();
            return new Counts(
                    sum(snapshot, victim, PREEMPTED),
                    Totals.preemptions(snapshot, victim.path()),
                    sum(snapshot, victim, DELAYED),
                    victims.stream().mapToLong(Workload::runDelay).sum(),
                    by(snapshot, victim, DELAYED, other.id()),
                    aggressor.runTime(),
                    by(snapshot, victim, DELAYED, victim.id()),
                    victims.stream().mapToLong(Workload::runTime).sum());
        }

        Counts since(Counts before) {
            return new Counts(
                    preempted - before.preempted,
                    preemptions - before.preemptions,
                    delayed - before.delayed,
                    runDelay - before.runDelay,
                    delayedByOther - before.delayedByOther,
                    otherRan - before.otherRan,
                    delayedByItself - before.delayedByItself,
                    itselfRan - before.itselfRan);
        }
    }

    /**
     * Loops of one CPU that would run all the time: while one of them runs, all others wait. So whatever else runs there, what each
     * of the victim's loops lost to the other cgroup is the time that ran.
     */
    private static Counts measure(
            TestCgroup top, TestCgroup victim, TestCgroup other, List<Workload> victims, Workload aggressor)
            throws InterruptedException {
        List<Workload> all = new ArrayList<>(victims);
        all.add(aggressor);
        Await.until(
                "all loops run",
                Duration.ofSeconds(30),
                () -> all.stream().allMatch(loop -> loop.runTime() > 50_000_000));
        Counts before = Counts.frozen(top, victim, other, victims, aggressor);
        top.thaw();
        // The measured interval, not a wait for something.
        Thread.sleep(Duration.ofSeconds(3));
        Counts counts = Counts.frozen(top, victim, other, victims, aggressor).since(before);
        System.out.printf(
                "preemptions of %d loops: ours %d runqueue's %d; delayed ours %d run_delay %d difference %.3f %%; by the other %d, which ran %d, by themselves %d, who ran %d%n",
                victims.size(),
                counts.preempted,
                counts.preemptions,
                counts.delayed,
                counts.runDelay,
                100.0 * (counts.delayed - counts.runDelay) / counts.runDelay,
                counts.delayedByOther,
                counts.otherRan,
                counts.delayedByItself,
                counts.itselfRan);
        assertThat(counts.preempted).isEqualTo(counts.preemptions).isPositive();
        assertThat(counts.delayed).isCloseTo(counts.runDelay, withPercentage(EVERY_SWITCH_IS_SEEN ? 0.1 : 5));
        assertThat(counts.delayedByOther)
                .isCloseTo(victims.size() * counts.otherRan, withPercentage(EVERY_SWITCH_IS_SEEN ? 2 : 10));
        return counts;
    }

    @Test
    void aLoopIsDelayedWhileTheOtherRuns() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup victim = top.child("victim");
            TestCgroup other = top.child("other");
            try (Workload loop = Workload.busy(victim, 1);
                    Workload aggressor = Workload.busy(other, 1)) {
                Counts counts = measure(top, victim, other, List.of(loop), aggressor);
                assertThat(counts.delayedByItself).isLessThan(counts.delayed / 10);
            }
        }
    }

    @Test
    void twoLoopsOfACgroupDelayEachOtherToo() throws InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup victim = top.child("victim");
            TestCgroup other = top.child("other");
            try (Workload first = Workload.busy(victim, 1);
                    Workload second = Workload.busy(victim, 1);
                    Workload aggressor = Workload.busy(other, 1)) {
                Counts counts = measure(top, victim, other, List.of(first, second), aggressor);
                assertThat(counts.delayedByItself)
                        .isCloseTo(counts.itselfRan, withPercentage(EVERY_SWITCH_IS_SEEN ? 2 : 10));
            }
        }
    }
}
