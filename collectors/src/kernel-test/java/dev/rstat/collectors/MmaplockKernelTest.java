// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waits for an address space's lock, against the time that those who wait can measure themselves. */
@Tag("kernel")
class MmaplockKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("mmaplock");

    /** Changing the protection of so much takes milliseconds, and the lock for all of that time. */
    private static final int MEBIBYTES = 256;

    /** Nanoseconds waited in a cgroup, and how often; the read histogram comes first in the struct. */
    private static long waited(Snapshot snapshot, TestCgroup cgroup) {
        return Totals.value(snapshot, "mmaplock", cgroup.path(), 0);
    }

    private static long readWaits(Snapshot snapshot, TestCgroup cgroup) {
        return IntStream.rangeClosed(1, Metric.BUCKETS)
                .mapToLong(word -> Totals.value(snapshot, "mmaplock", cgroup.path(), word))
                .sum();
    }

    private static long words(Snapshot snapshot, TestCgroup cgroup) {
        return IntStream.range(0, 2 * (Metric.BUCKETS + 1))
                .mapToLong(word -> Totals.value(snapshot, "mmaplock", cgroup.path(), word))
                .sum();
    }

    /** Whoever looks waits, in a cgroup of its own. */
    @Test
    void whoeverWaitsIsChargedTheTimeUntilTheLockIsGiven() throws InterruptedException {
        try (HeldAddressSpace _ = new HeldAddressSpace(MEBIBYTES);
                TestCgroup cgroup = TestCgroup.create()) {
            Shell looker = Shell.run("""
                    echo $$ > %s/cgroup.procs
                    read -r ran delayed rest < /proc/$$/schedstat
                    begin=${EPOCHREALTIME/[.,]/}
                    took=0
                    while ((took < 500000)); do
                        start=${EPOCHREALTIME/[.,]/}
                        %s
                        ((took += ${EPOCHREALTIME/[.,]/} - start))
                    done
                    end=${EPOCHREALTIME/[.,]/}
                    read -r ran2 delayed2 rest < /proc/$$/schedstat
                    echo $((1000 * (end - begin))) $((ran2 - ran + delayed2 - delayed))
                    """.formatted(cgroup.directory(), HeldAddressSpace.look()));
            List<String> numbers = List.of(looker.output().strip().split(" ", -1));
            long wall = Long.parseLong(numbers.get(0));
            // It sleeps for nothing but the lock; on a busy host it also waits for a CPU, with the lock and without.
            long asleep = wall - Long.parseLong(numbers.get(1));
            Snapshot snapshot = LOADED.snapshot();
            long ours = waited(snapshot, cgroup);

            System.out.printf(
                    "mmaplock ns: ours %d theirs %d difference %.2f %%, of %d; %d waits%n",
                    ours, asleep, 100.0 * (ours - asleep) / asleep, wall, readWaits(snapshot, cgroup));
            assertThat(readWaits(snapshot, cgroup)).isPositive();
            assertThat((double) ours).isBetween(0.9 * asleep, (double) wall);
        }
    }

    @Test
    void aProcessWithOneThreadNeverWaits() {
        try (TestCgroup cgroup = TestCgroup.create()) {
            Shell shell = Shell.run("echo $$ > %s/cgroup.procs; for ((i = 0; i < 100; i++)); do (:); done; exec true"
                    .formatted(cgroup.directory()));
            assertThat(shell.status()).isZero();
            assertThat(words(LOADED.snapshot(), cgroup)).isZero();
        }
    }
}
