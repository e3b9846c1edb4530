// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Block I/O against io.stat, the disks' own statistics and what a device was told to do. */
class BlockioKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("blockio");

    private static final OpenOption DIRECT = direct();
    private static final int SECTOR = 512;
    private static final int PAGE = 4096;
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /**
     * In Debian's guests. On the build machine others write while this test reads the disk's statistics, and its kernel runs no BPF program
     * in the context of its process 1: of the interrupts that complete requests it leaves out those that hit that process, up to 8 % seen.
     */
    private static final boolean IN_GUEST = System.getenv("RSTAT_TESTBED") != null;

    /** The kinds of operations, and where a disk's stat has their count and their time in ms. */
    private enum Kind {
        READ("read", 0, 3),
        WRITE("write", 4, 7),
        DISCARD("discard", 11, 14);

        private final String field;
        private final int count;
        private final int milliseconds;

        Kind(String field, int count, int milliseconds) {
            this.field = field;
            this.count = count;
            this.milliseconds = milliseconds;
        }

        int sectors() {
            return count + 2;
        }

        /** Requests completed; the disk takes flushes for writes. */
        long completed(FieldTotals totals) {
            return totals.count(field + "_device") + (this == WRITE ? totals.count("flush_device") : 0);
        }
    }

    private static FieldTotals totals(String path) {
        return new FieldTotals(LOADED.snapshot(), "blockio", path);
    }

    private static FileChannel open(Path path, OpenOption... options) throws IOException {
        return FileChannel.open(
                path,
                Stream.concat(Stream.of(StandardOpenOption.READ, StandardOpenOption.WRITE), Stream.of(options))
                        .toArray(OpenOption[]::new));
    }

    /** By its name: javac warns of the class, since it is the JDK's own. */
    private static OpenOption direct() {
        try {
            return Stream.of(
                            Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants())
                    .map(OpenOption.class::cast)
                    .filter(option -> option.toString().equals("DIRECT"))
                    .findFirst()
                    .orElseThrow();
        } catch (ClassNotFoundException missing) {
            throw new AssertionError(missing);
        }
    }

    /** Memory as direct I/O wants it. */
    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size + PAGE).alignedSlice(PAGE).limit(size);
    }

    private static void write(FileChannel channel, int size, int times, long at) throws IOException {
        ByteBuffer data = buffer(size);
        for (int i = 0; i < times; i++) {
            assertThat(channel.write(data.position(0), at + (long) i * size)).isEqualTo(size);
        }
    }

    private static void read(FileChannel channel, int size, int times, long at) throws IOException {
        ByteBuffer data = buffer(size);
        for (int i = 0; i < times; i++) {
            assertThat(channel.read(data.position(0), at + (long) i * size)).isEqualTo(size);
        }
    }

    /** Sums over all devices; the root has the file, too. */
    private static Map<String, Long> ioStat(Path cgroup) throws IOException {
        Map<String, Long> sums = new HashMap<>();
        for (String line : Files.readAllLines(cgroup.resolve("io.stat"))) {
            Stream.of(line.split(" ", -1))
                    .map(word -> word.split("=", -1))
                    .filter(pair -> pair.length == 2 && pair[1].matches("\\d+"))
                    .forEach(pair -> sums.merge(pair[0], Long.valueOf(pair[1]), Long::sum));
        }
        return sums;
    }

    private static void print(String what, long ours, long theirs) {
        System.out.printf(
                "blockio %s: ours %d theirs %d difference %.2f %%%n",
                what, ours, theirs, theirs == 0 ? 0.0 : 100.0 * (ours - theirs) / theirs);
    }

    private static void compare(String what, long ours, long theirs) {
        print(what, ours, theirs);
        assertThat(ours).as(what).isCloseTo(theirs, withPercentage(1));
        assertThat(theirs).as(what).isPositive();
    }

    private static void awaitIdle(NullBlock disk) {
        Await.until(
                "no request in flight",
                Duration.ofSeconds(30),
                () -> disk.stat().get(8) == 0);
    }

    @Test
    @Tag("guest")
    void operationsAndBytesAreThoseOfIoStatAndRequestsThoseOfTheDisk() throws Exception {
        Path root = CgroupMount.find().path();
        try (NullBlock disk = NullBlock.create(Map.of("memory_backed", "1", "discard", "1", "cache_size", "1"));
                TestCgroup cgroup = TestCgroup.create()) {
            // Larger operations are split.
            disk.queue("max_sectors_kb", "64");
            List<Long> diskBefore = disk.stat();
            Map<String, Long> rootStatBefore = ioStat(root);
            FieldTotals rootBefore = totals("/");
            try (Inside _ = Inside.of(cgroup)) {
                try (FileChannel direct = open(disk.path(), DIRECT)) {
                    write(direct, PAGE, 300, 0);
                    write(direct, 256 * KIB, 40, 16 * MIB);
                    read(direct, PAGE, 200, 0);
                    read(direct, 256 * KIB, 30, 16 * MIB);
                }
                try (FileChannel buffered = open(disk.path())) {
                    write(buffered, MIB, 16, 64 * MIB);
                    buffered.force(false);
                    write(buffered, PAGE, 1, 80 * MIB);
                    buffered.force(false);
                    read(buffered, MIB, 8, 128 * MIB);
                }
                Process discard = new ProcessBuilder(
                                "blkdiscard",
                                "-o",
                                "0",
                                "-l",
                                "" + MIB,
                                disk.path().toString())
                        .inheritIO()
                        .start();
                assertThat(discard.waitFor()).isZero();
            }
            awaitIdle(disk);

            FieldTotals ours = totals(cgroup.path());
            Map<String, Long> theirs = ioStat(cgroup.directory());
            compare("rbytes", ours.value("read_bytes"), theirs.getOrDefault("rbytes", 0L));
            compare("wbytes", ours.value("write_bytes"), theirs.getOrDefault("wbytes", 0L));
            compare("dbytes", ours.value("discard_bytes"), theirs.getOrDefault("dbytes", 0L));
            compare("rios", ours.value("reads"), theirs.getOrDefault("rios", 0L));
            compare("wios", ours.value("writes") + ours.value("flushes"), theirs.getOrDefault("wios", 0L));
            compare("dios", ours.value("discards"), theirs.getOrDefault("dios", 0L));
            assertThat(ours.value("flushes")).isEqualTo(2);
            assertThat(ours.value("read_bytes")).isGreaterThanOrEqualTo(200L * PAGE + 30 * 256 * KIB + 8 * MIB);
            assertThat(ours.value("discard_bytes")).isEqualTo(MIB);

            List<Long> diskStat = disk.stat();
            for (Kind kind : Kind.values()) {
                long requests = diskStat.get(kind.count) - diskBefore.get(kind.count);
                print("requests completed, " + kind, kind.completed(ours), requests);
                assertThat(kind.completed(ours)).isEqualTo(requests);
                assertThat(ours.value(kind.field + "_errors")).isZero();
            }
            for (Kind kind : Set.of(Kind.READ, Kind.WRITE)) {
                assertThat(ours.count(kind.field + "_queue")).isEqualTo(ours.count(kind.field + "_device"));
            }
            // Merged and split: what the devices of the root are said to have done is requests.
            FieldTotals rootOurs = totals("/");
            Map<String, Long> rootStat = ioStat(root);
            for (Map.Entry<String, Kind> key :
                    Map.of("r", Kind.READ, "w", Kind.WRITE, "d", Kind.DISCARD).entrySet()) {
                String bytes = key.getKey() + "bytes";
                String ios = key.getKey() + "ios";
                String field = key.getValue().field + "_bytes";
                compare(
                        "root " + bytes,
                        rootOurs.value(field) - rootBefore.value(field),
                        rootStat.getOrDefault(bytes, 0L) - rootStatBefore.getOrDefault(bytes, 0L));
                compare(
                        "root " + ios,
                        key.getValue().completed(rootOurs) - key.getValue().completed(rootBefore),
                        rootStat.getOrDefault(ios, 0L) - rootStatBefore.getOrDefault(ios, 0L));
            }
            assertThat(Totals.collector(LOADED.snapshot(), "blockio").state().lostEvents())
                    .isZero();
        }
    }

    @Test
    @Tag("guest")
    void timeInTheDeviceIsWhatTheDeviceTakesAndTimeInTheQueueTheRest() throws Exception {
        long each = Duration.ofMillis(5).toNanos();
        int threads = 4;
        int reads = 30;
        long all = (long) threads * reads;
        // One request at a time, 5 ms each, for four threads: the rest of the time they wait for their turn.
        try (NullBlock disk = NullBlock.create(
                        Map.of("irqmode", "2", "completion_nsec", Long.toString(each), "hw_queue_depth", "1"));
                TestCgroup cgroup = TestCgroup.create()) {
            disk.queue("scheduler", "mq-deadline");
            disk.queue("nr_requests", "64");
            List<Long> before = disk.stat();
            long start = System.nanoTime();
            try (Inside _ = Inside.of(cgroup);
                    FileChannel direct = open(disk.path(), DIRECT);
                    ExecutorService executor = Executors.newFixedThreadPool(threads)) {
                List<Future<?>> done = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    long at = (long) i * MIB;
                    done.add(executor.submit(() -> {
                        read(direct, PAGE, reads, at);
                        return at;
                    }));
                }
                for (Future<?> future : done) {
                    future.get();
                }
            }
            long elapsed = System.nanoTime() - start;
            awaitIdle(disk);

            FieldTotals ours = totals(cgroup.path());
            long device = ours.value("read_device");
            long queue = ours.value("read_queue");
            long theirs = (disk.stat().get(Kind.READ.milliseconds) - before.get(Kind.READ.milliseconds)) * 1_000_000;
            assertThat(ours.count("read_device")).isEqualTo(all);
            assertThat(ours.count("read_queue")).isEqualTo(all);
            print("ns in queue and device", device + queue, theirs);
            // The disk's time ends a little later, when all is cleaned up.
            assertThat(device + queue).isBetween(theirs * 9 / 10, theirs);
            print("ns in the device", device, all * each);
            assertThat(device).isBetween(all * each, elapsed);
            assertThat(queue).isGreaterThan(device);
        }
    }

    @Test
    @Tag("guest")
    void failuresAreCountedAndNothingElseIs() throws Exception {
        try (NullBlock disk = NullBlock.create(Map.of("badblocks", "+1024-2047"));
                TestCgroup cgroup = TestCgroup.create()) {
            try (Inside _ = Inside.of(cgroup);
                    FileChannel direct = open(disk.path(), DIRECT)) {
                for (int i = 0; i < 7; i++) {
                    long at = MIB / 2 + (long) i * PAGE;
                    assertThatThrownBy(() -> read(direct, PAGE, 1, at)).isInstanceOf(IOException.class);
                }
                for (int i = 0; i < 3; i++) {
                    long at = MIB / 2 + (long) i * PAGE;
                    assertThatThrownBy(() -> write(direct, PAGE, 1, at)).isInstanceOf(IOException.class);
                }
                read(direct, PAGE, 5, 0);
            }
            FieldTotals ours = totals(cgroup.path());
            print("read errors", ours.value("read_errors"), 7);
            assertThat(ours.value("read_errors")).isEqualTo(7);
            assertThat(ours.value("write_errors")).isEqualTo(3);
            assertThat(ours.count("read_device")).isEqualTo(12);
            assertThat(ours.value("reads")).isEqualTo(12);
        }
    }

    /**
     * Everywhere: on this machine's own disk where there is no module for another. Owners that are on a cgroup v1 hierarchy are charged to
     * the root, so the root has all there is.
     */
    @Test
    @Tag("kernel")
    void theRootHasWhatAllDisksDid() throws Exception {
        if (IN_GUEST) {
            try (NullBlock disk = NullBlock.create(Map.of())) {
                rootAgainstDisks(disk.path());
            }
        } else {
            Path file = Files.createTempFile(Path.of("/var/tmp"), "rstat-test", "");
            try {
                rootAgainstDisks(file);
            } finally {
                Files.delete(file);
            }
        }
    }

    private static void rootAgainstDisks(Path path) throws IOException {
        long[] before = allDisks();
        FieldTotals rootBefore = totals("/");
        long[] start = allDisks();
        try (FileChannel direct = open(path, DIRECT)) {
            write(direct, 64 * KIB, 500, 0);
            direct.force(true);
            read(direct, 16 * KIB, 2000, 0);
        }
        long[] end = allDisks();
        FieldTotals root = totals("/");
        long[] after = allDisks();
        for (Kind kind : Set.of(Kind.READ, Kind.WRITE)) {
            String bytes = kind.field + "_bytes";
            // Others use the disks, too: between what was done for sure and what may have been.
            between(
                    "requests of all disks, " + kind,
                    kind.completed(root) - kind.completed(rootBefore),
                    end[kind.count] - start[kind.count],
                    after[kind.count] - before[kind.count]);
            between(
                    "bytes of all disks, " + kind,
                    root.value(bytes) - rootBefore.value(bytes),
                    SECTOR * (end[kind.sectors()] - start[kind.sectors()]),
                    SECTOR * (after[kind.sectors()] - before[kind.sectors()]));
        }
    }

    private static void between(String what, long ours, long least, long most) {
        print(what, ours, least);
        double tolerance = IN_GUEST ? 0.01 : 0.1;
        assertThat((double) ours).as(what).isBetween(least * (1 - tolerance), most * (1 + tolerance));
    }

    /** The stat of all disks, summed up, without their partitions, and without disks that have no requests. */
    private static long[] allDisks() throws IOException {
        long[] sums = new long[17];
        try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
            for (Path disk :
                    disks.filter(path -> Files.exists(path.resolve("mq"))).toList()) {
                String[] stat = Files.readString(disk.resolve("stat")).strip().split(" +", -1);
                Arrays.setAll(sums, i -> sums[i] + Long.parseLong(stat[i]));
            }
        }
        return sums;
    }
}
