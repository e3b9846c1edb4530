// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waits for an address space's lock, against the time that those who wait can measure themselves. */
@Tag("kernel")
class MmaplockKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("mmaplock");

    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final int MADV_POPULATE_WRITE = 23;

    /** Changing the protection of so many small pages takes milliseconds, and the lock for all of that time. */
    private static final long SIZE = 256L << 20;

    /** What only this test calls. */
    public interface Mappings {
        Pointer mmap(
                @Nullable Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

        int madvise(Pointer address, @size_t long length, int advice);

        int mprotect(Pointer address, @size_t long length, int protection);

        int munmap(Pointer address, @size_t long length);
    }

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

    /** A look into /proc/PID/map_files takes the process's lock, for which whoever looks waits, in a cgroup of its own. */
    @Test
    void whoeverWaitsIsChargedTheTimeUntilTheLockIsGiven() throws InterruptedException {
        Mappings mappings = LibraryLoader.create(Mappings.class).load("c");
        Pointer address = mappings.mmap(null, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assertThat(mappings.madvise(address, SIZE, MADV_NOHUGEPAGE)).isZero();
        assertThat(mappings.madvise(address, SIZE, MADV_POPULATE_WRITE)).isZero();
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch hold = new CountDownLatch(2);
        // Two, so that one takes it while the other has left it and waits for a CPU.
        List<Thread> holders = Stream.generate(() -> Thread.ofPlatform().start(() -> {
                    while (!done.get()) {
                        mappings.mprotect(address, SIZE, PROT_READ);
                        mappings.mprotect(address, SIZE, PROT_READ | PROT_WRITE);
                        hold.countDown();
                    }
                }))
                .limit(2)
                .toList();
        hold.await();
        try (TestCgroup cgroup = TestCgroup.create()) {
            Shell looker = Shell.run(
                    """
                    echo $$ > %s/cgroup.procs
                    read -r ran delayed rest < /proc/$$/schedstat
                    begin=${EPOCHREALTIME/[.,]/}
                    took=0
                    while ((took < 500000)); do
                        start=${EPOCHREALTIME/[.,]/}
                        [[ -e /proc/%d/map_files/1000-2000 ]]
                        ((took += ${EPOCHREALTIME/[.,]/} - start))
                    done
                    end=${EPOCHREALTIME/[.,]/}
                    read -r ran2 delayed2 rest < /proc/$$/schedstat
                    echo $((1000 * (end - begin))) $((ran2 - ran + delayed2 - delayed))
                    """.formatted(cgroup.directory(), ProcessHandle.current().pid()));
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
        } finally {
            done.set(true);
            for (Thread holder : holders) {
                holder.join();
            }
            mappings.munmap(address, SIZE);
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
