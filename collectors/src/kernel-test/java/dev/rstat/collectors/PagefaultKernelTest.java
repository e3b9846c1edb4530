// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Page faults against those that the memory controller counts, and their time against that of the loads that caused them. */
@Tag("guest")
class PagefaultKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("pagefault");

    private static final int PAGE_SIZE = 4096;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 0x01;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MADV_RANDOM = 1;
    private static final int MADV_NOHUGEPAGE = 15;

    /** What only this test calls. */
    public interface Mappings {
        int open(String path, int flags);

        int close(int fd);

        Pointer mmap(
                @Nullable Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

        int madvise(Pointer address, @size_t long length, int advice);

        int munmap(Pointer address, @size_t long length);
    }

    private static final Mappings LIBRARY = LibraryLoader.create(Mappings.class).load("c");

    private static Pointer map(long size, int protection, int flags, int fd, int advice) {
        Pointer address = LIBRARY.mmap(null, size, protection, flags, fd, 0);
        assertThat(LIBRARY.madvise(address, size, advice)).isZero();
        return address;
    }

    /** This JVM's stay in another cgroup. */
    private record Moved(TestCgroup cgroup, long pid) implements AutoCloseable {
        static Moved to(TestCgroup cgroup) {
            long pid = ProcessHandle.current().pid();
            cgroup.attach(pid);
            return new Moved(cgroup, pid);
        }

        @Override
        public void close() throws IOException {
            Files.writeString(CgroupMount.find().path().resolve("cgroup.procs"), Long.toString(pid));
        }
    }

    private record Counts(long minor, long major, long majorNanoseconds, long kernelFaults, long kernelMajor) {
        static Counts of(TestCgroup cgroup, MemoryController memory) {
            Snapshot snapshot = LOADED.snapshot();
            return new Counts(
                    count(snapshot, cgroup, 0),
                    count(snapshot, cgroup, Metric.BUCKETS + 1),
                    Totals.value(snapshot, "pagefault", cgroup.path(), Metric.BUCKETS + 1),
                    memory.stat("pgfault"),
                    memory.stat("pgmajfault"));
        }

        private static long count(Snapshot snapshot, TestCgroup cgroup, int histogram) {
            return IntStream.rangeClosed(histogram + 1, histogram + Metric.BUCKETS)
                    .mapToLong(word -> Totals.value(snapshot, "pagefault", cgroup.path(), word))
                    .sum();
        }
    }

    private static void print(String what, long ours, long theirs) {
        System.out.printf(
                "pagefault %s: ours %d theirs %d difference %.2f %%%n",
                what, ours, theirs, 100.0 * (ours - theirs) / theirs);
    }

    @Test
    void faultsAreThoseOfTheMemoryControllerAndTakeTheTimeOfTheLoads() throws IOException {
        int minor = 40_000;
        int major = 200;
        // Far enough from each other that reading around one does not bring the next.
        long step = 1 << 20;
        int disk = LIBRARY.open("/dev/nvme0n1", 0);
        assertThat(disk).isNotNegative();
        Pointer memoryPages =
                map((long) minor * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, MADV_NOHUGEPAGE);
        Pointer diskPages = map(major * step, PROT_READ, MAP_SHARED, disk, MADV_RANDOM);
        try (TestCgroup cgroup = TestCgroup.create();
                MemoryController memory = MemoryController.of(cgroup);
                Moved moved = Moved.to(cgroup)) {
            for (long i = 0; i < minor; i++) {
                memoryPages.putByte(i * PAGE_SIZE, (byte) 1);
            }
            long[] loads = new long[major];
            for (int i = 0; i < major; i++) {
                long start = System.nanoTime();
                diskPages.getByte(i * step);
                loads[i] = System.nanoTime() - start;
            }
            // Some events of each CPU's are left out of memory.stat until the controller's own flush, every two
            // seconds.
            Await.until(
                    "all major faults are in memory.stat",
                    Duration.ofSeconds(10),
                    () -> memory.stat("pgmajfault") >= major);
            Counts counts = Counts.of(moved.cgroup(), memory);

            print("all", counts.minor + counts.major, counts.kernelFaults);
            print("major", counts.major, counts.kernelMajor);
            long took = Arrays.stream(loads).sum();
            Arrays.sort(loads);
            long usually = loads[major / 2] * major;
            print("major ns", counts.majorNanoseconds, took);
            assertThat(counts.minor + counts.major).isCloseTo(counts.kernelFaults, withPercentage(1));
            assertThat(counts.minor).isGreaterThanOrEqualTo(minor);
            assertThat(counts.major)
                    .isCloseTo(counts.kernelMajor, withPercentage(1))
                    .isGreaterThanOrEqualTo(major);
            // Others may run in the midst of a load, within its fault or before and after it, where the fault does not
            // know of it.
            assertThat(counts.majorNanoseconds).isBetween(usually * 8 / 10, took * 12 / 10);
        } finally {
            LIBRARY.munmap(memoryPages, (long) minor * PAGE_SIZE);
            LIBRARY.munmap(diskPages, major * step);
            LIBRARY.close(disk);
        }
    }

    /** A debugger's access, and that of whoever reads another's memory, is the other's fault. */
    @Test
    void faultsBelongToTheOwnerOfTheMemory() throws IOException {
        int pages = 1000;
        Pointer memory =
                map((long) pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, MADV_NOHUGEPAGE);
        try (TestCgroup owner = TestCgroup.create();
                TestCgroup reader = TestCgroup.create();
                Moved moved = Moved.to(owner)) {
            Shell read = Shell.run(
                    "echo $$ > %s/cgroup.procs; exec dd if=/proc/%d/mem of=/dev/null bs=%d skip=%d count=%d iflag=skip_bytes status=none"
                            .formatted(reader.directory(), moved.pid(), PAGE_SIZE, memory.address(), pages));
            assertThat(read.status()).isZero();
            Snapshot snapshot = LOADED.snapshot();
            long ofOwner = Counts.count(snapshot, owner, 0);
            long ofReader = Counts.count(snapshot, reader, 0);
            System.out.printf("pagefault of another's memory: owner %d reader %d of %d%n", ofOwner, ofReader, pages);
            assertThat(ofOwner).isGreaterThanOrEqualTo(pages);
            assertThat(ofReader).isLessThan(pages);
        } finally {
            LIBRARY.munmap(memory, (long) pages * PAGE_SIZE);
        }
    }
}
