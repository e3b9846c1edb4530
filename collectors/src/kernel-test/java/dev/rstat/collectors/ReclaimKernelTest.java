// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reclaim: its time against the wall clock, its pages and how often it was needed against the kernel's own counts. */
class ReclaimKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("reclaim");

    private static final int PAGE_SIZE = 4096;
    private static final int MIB = 1 << 20;
    private static final int CACHE_MIB = 128;
    private static final int RECLAIM_MIB = 96;

    /** Page cache can be reclaimed if it is a disk's. The guests' files are in memory; the disk is the one for their results. */
    private static final Path GUESTS_DISK = Path.of("/dev/nvme0n1");

    /**
     * A small one, and reads that are no longer, keep folios small. Of large ones, as 7.x makes them, reclaim drops a hundred MiB in so few milliseconds that they hide
     * behind what the emulated collector itself takes each time.
     */
    private static final Path GUESTS_READ_AHEAD = Path.of("/sys/block/nvme0n1/queue/read_ahead_kb");

    private static final int READ_AHEAD_KIB = 16;

    private static final Path MIN_FREE = Path.of("/proc/sys/vm/min_free_kbytes");

    private static long value(Snapshot snapshot, String path, String field, int word) {
        return Totals.value(
                snapshot,
                "reclaim",
                path,
                Totals.collector(snapshot, "reclaim").schema().metrics().stream()
                                .filter(metric -> metric.field().equals(field))
                                .findFirst()
                                .orElseThrow()
                                .firstWord()
                        + word);
    }

    private static long count(Snapshot snapshot, String path, String histogram) {
        return IntStream.rangeClosed(1, Metric.BUCKETS)
                .mapToLong(word -> value(snapshot, path, histogram, word))
                .sum();
    }

    /** A file or disk whose page cache goes when this is closed. */
    private static final class Cached implements AutoCloseable {
        private final boolean guest = Files.exists(GUESTS_DISK);
        private final Path file;
        /** The last to close a disk drops its pages. */
        private final FileChannel open;

        private final String readAhead = guest ? Files.readString(GUESTS_READ_AHEAD) : "";

        Cached() throws IOException {
            if (guest) {
                Files.writeString(GUESTS_READ_AHEAD, Integer.toString(READ_AHEAD_KIB));
            }
            file = guest ? GUESTS_DISK : Files.createTempFile(Path.of(""), "page-cache", ".tmp");
            open = FileChannel.open(file);
        }

        /** Has a process in a cgroup read or write it, which is then the owner of the pages that were not there before. */
        void fill(TestCgroup owner, MemoryController memory) {
            Shell filled = Shell.run("%s && exec dd if=%s of=%s bs=%dk count=%d %s status=none"
                    .formatted(
                            memory.join(owner),
                            guest ? file : "/dev/zero",
                            guest ? "/dev/null" : file,
                            READ_AHEAD_KIB,
                            CACHE_MIB * 1024 / READ_AHEAD_KIB,
                            guest ? "" : "conv=fsync"));
            assertThat(filled.status()).isZero();
        }

        @Override
        public void close() throws IOException {
            open.close();
            if (guest) {
                Files.writeString(GUESTS_READ_AHEAD, readAhead);
            } else {
                Files.delete(file);
            }
        }
    }

    /** Reclaims while this is in a cgroup; the nanoseconds that it took. */
    private static long reclaim(TestCgroup reclaimer, MemoryController memory) {
        try (Inside _ = Inside.of(reclaimer)) {
            return memory.reclaim((long) RECLAIM_MIB * MIB);
        }
    }

    private static void print(String what, long ours, long theirs) {
        System.out.printf(
                "reclaim %s: ours %d theirs %d difference %.2f %%%n",
                what, ours, theirs, 100.0 * (ours - theirs) / theirs);
    }

    /** The second time, because the first is that of programs and pages that are not in the processor's caches yet. */
    @Test
    @Tag("kernel")
    void whoReclaimsIsChargedTheTimeItTookAndThePagesItGot() throws IOException {
        try (TestCgroup owner = TestCgroup.create();
                TestCgroup reclaimer = TestCgroup.create();
                MemoryController memory = MemoryController.of(owner);
                Cached cached = new Cached()) {
            cached.fill(owner, memory);
            reclaim(reclaimer, memory);
            cached.fill(owner, memory);
            Snapshot before = LOADED.snapshot();
            long pages = memory.pageCache() / PAGE_SIZE;
            long wall = reclaim(reclaimer, memory);
            pages -= memory.pageCache() / PAGE_SIZE;
            Snapshot after = LOADED.snapshot();

            String path = reclaimer.path();
            long nanoseconds = value(after, path, "memcg", 0) - value(before, path, "memcg", 0);
            long reclaimed = value(after, path, "memcg_pages", 0) - value(before, path, "memcg_pages", 0);
            print("ns", nanoseconds, wall);
            print("pages, page cache", reclaimed, pages);
            assertThat(wall - nanoseconds).isBetween(0L, wall / 10);
            assertThat(pages).isGreaterThan((long) RECLAIM_MIB * MIB / PAGE_SIZE / 2);
            assertThat(reclaimed).isCloseTo(pages, withPercentage(3));
            assertThat(count(after, path, "memcg")).isGreaterThan(count(before, path, "memcg"));
            assertThat(count(after, path, "direct")).isZero();
            assertThat(count(after, owner.path(), "memcg")).isZero();
        }
    }

    @Test
    @Tag("guest")
    void whoIsReclaimedFromIsToldHowMuchAndByWhom() throws IOException {
        try (TestCgroup owner = TestCgroup.create();
                TestCgroup reclaimer = TestCgroup.create();
                MemoryController memory = MemoryController.of(owner);
                Cached cached = new Cached()) {
            cached.fill(owner, memory);
            reclaim(reclaimer, memory);
            long steals = memory.stat("pgsteal");
            Snapshot snapshot = LOADED.snapshot();

            long lost = value(snapshot, owner.path(), "lost_pages", 0);
            print("pages, pgsteal", lost, steals);
            assertThat(lost)
                    .isCloseTo(steals, withPercentage(2))
                    .isEqualTo(value(snapshot, reclaimer.path(), "memcg_pages", 0))
                    .isPositive();
            assertThat(value(snapshot, owner.path(), "reclaimers", 0)).isEqualTo(reclaimer.id());
            assertThat(value(snapshot, owner.path(), "reclaimers", 1)).isEqualTo(lost);
            assertThat(value(snapshot, reclaimer.path(), "lost_pages", 0)).isZero();
        }
    }

    private static long vmstat(String prefix) throws IOException {
        return Files.readAllLines(Path.of("/proc/vmstat")).stream()
                .filter(line -> line.startsWith(prefix))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    private static long freeKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemFree:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    /** Asks the kernel to keep more memory free than is free, so that who wants some has to reclaim it first. */
    @Test
    @Tag("guest")
    void directReclaimIsCountedAsOftenAsTheKernelSays() throws IOException {
        try (TestCgroup owner = TestCgroup.create();
                TestCgroup asker = TestCgroup.create();
                MemoryController memory = MemoryController.of(owner);
                Cached cached = new Cached()) {
            cached.fill(owner, memory);
            Snapshot before = LOADED.snapshot();
            long stalls = vmstat("allocstall_");
            long steals = vmstat("pgsteal_direct ");
            String minFree = Files.readString(MIN_FREE);
            try {
                Shell.run(
                        "echo $$ > %s/cgroup.procs; echo %d > %s; exec dd if=/dev/zero of=/dev/null bs=24M count=1 status=none"
                                .formatted(asker.directory(), freeKib() + 16 * 1024, MIN_FREE));
            } finally {
                Files.writeString(MIN_FREE, minFree);
            }
            Snapshot after = LOADED.snapshot();
            stalls = vmstat("allocstall_") - stalls;
            steals = vmstat("pgsteal_direct ") - steals;

            long reclaims = count(after, "/", "direct") - count(before, "/", "direct");
            long pages = value(after, "/", "direct_pages", 0) - value(before, "/", "direct_pages", 0);
            print("direct, allocstall", reclaims, stalls);
            print("direct pages, pgsteal_direct", pages, steals);
            assertThat(count(after, asker.path(), "direct")).isPositive();
            assertThat(reclaims).isEqualTo(stalls);
            assertThat(pages).isCloseTo(steals, withPercentage(10));
        }
    }
}
