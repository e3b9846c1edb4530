// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Every call that waits for the disk is seen, once, with its time and its error. */
@Tag("guest")
class FsyncKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("fsync");

    private static final int PAGE = 4096;

    /** What Java does not call. */
    public interface Calls {
        int pipe(@Out int[] ends);

        int fsync(int fd);
    }

    private static FieldTotals totals(TestCgroup cgroup) {
        return new FieldTotals(LOADED.snapshot(), "fsync", cgroup.path());
    }

    private static void expect(String what, TestCgroup cgroup, int calls, int errors) {
        FieldTotals ours = totals(cgroup);
        System.out.printf(
                "fsync %s: ours %d theirs %d difference %d; errors: ours %d theirs %d%n",
                what, ours.count("duration"), calls, ours.count("duration") - calls, ours.value("errors"), errors);
        assertThat(ours.count("duration")).as(what).isEqualTo(calls);
        assertThat(ours.value("errors")).as(what).isEqualTo(errors);
    }

    @Test
    void everyKindOfCallCountsOnce(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("file");
        Calls calls = LibraryLoader.create(Calls.class).load("c");
        int[] ends = new int[2];
        assertThat(calls.pipe(ends)).isZero();
        // tmpfs does not care for O_SYNC.
        try (NullBlock disk = NullBlock.create(Map.of());
                TestCgroup cgroup = TestCgroup.create();
                FileChannel channel = FileChannel.open(
                        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel sync = FileChannel.open(disk.path(), StandardOpenOption.WRITE, StandardOpenOption.SYNC);
                FileChannel dsync = FileChannel.open(disk.path(), StandardOpenOption.WRITE, StandardOpenOption.DSYNC)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE);
            try (Inside _ = Inside.of(cgroup)) {
                for (int i = 0; i < 100; i++) {
                    channel.force(true);
                }
                for (int i = 0; i < 50; i++) {
                    channel.force(false);
                }
                for (int i = 0; i < 20; i++) {
                    sync.write(ByteBuffer.allocate(PAGE), 0);
                }
                for (int i = 0; i < 10; i++) {
                    dsync.write(ByteBuffer.allocate(PAGE), 0);
                }
                for (int i = 0; i < 5; i++) {
                    mapped.put(0, (byte) i);
                    mapped.force();
                }
                // Nothing to be written: EINVAL.
                for (int i = 0; i < 3; i++) {
                    assertThat(calls.fsync(ends[0])).isEqualTo(-1);
                }
            }
            expect("calls", cgroup, 188, 3);
        }
    }

    @Test
    void aCallThatOverlayfsHandsDownCountsOnce(@TempDir Path directory) throws Exception {
        String layers = "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work".replace("%s", directory.toString());
        for (String name : new String[] {"lower", "upper", "work", "merged"}) {
            Files.createDirectory(directory.resolve(name));
        }
        Path merged = directory.resolve("merged");
        run("mount", "-t", "overlay", "-o", layers, "overlay", merged.toString());
        try (TestCgroup cgroup = TestCgroup.create()) {
            try (FileChannel channel = FileChannel.open(
                            merged.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    Inside _ = Inside.of(cgroup)) {
                for (int i = 0; i < 40; i++) {
                    channel.write(ByteBuffer.allocate(1));
                    channel.force(true);
                }
            }
            expect("calls on overlayfs", cgroup, 40, 0);
        } finally {
            run("umount", merged.toString());
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }

    @Test
    void theTimeIsThatOfTheCaller() throws IOException {
        try (NullBlock disk = NullBlock.create(Map.of(
                        "irqmode",
                        "2",
                        "completion_nsec",
                        Long.toString(Duration.ofMillis(30).toNanos())));
                TestCgroup cgroup = TestCgroup.create();
                FileChannel channel = FileChannel.open(disk.path(), StandardOpenOption.WRITE)) {
            int calls = 20;
            long theirs = 0;
            try (Inside _ = Inside.of(cgroup)) {
                for (int i = 0; i < calls; i++) {
                    channel.write(ByteBuffer.allocate(PAGE), (long) i * PAGE);
                    long start = System.nanoTime();
                    channel.force(false);
                    theirs += System.nanoTime() - start;
                }
            }
            FieldTotals totals = totals(cgroup);
            long ours = totals.value("duration");
            System.out.printf(
                    "fsync time: ours %d ns theirs %d ns difference %.2f %%%n",
                    ours, theirs, 100.0 * (ours - theirs) / theirs);
            assertThat(totals.count("duration")).isEqualTo(calls);
            assertThat(ours).isBetween(theirs * 9 / 10, theirs);
        }
    }
}
