// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pauses of those who write faster than the disk, against what the kernel's own tracing says of each. */
@Tag("guest")
class WritebackKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("writeback");

    private static final Path TRACE = Path.of("/sys/kernel/tracing/instances/rstat-test");
    private static final Pattern PAUSE = Pattern.compile("balance_dirty_pages: .* pause=(-?\\d+) ");
    private static final int MIB = 1 << 20;

    /** What tracing has of the pauses that were to be slept, in ms, in whole ticks. */
    private static List<Long> traced() throws IOException {
        return PAUSE.matcher(Files.readString(TRACE.resolve("trace")))
                .results()
                .map(MatchResult::group)
                .map(line ->
                        PAUSE.matcher(line).results().findFirst().orElseThrow().group(1))
                .map(Long::valueOf)
                .filter(pause -> pause > 0)
                .toList();
    }

    private static void write(Path path, int mebibytes) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer data = ByteBuffer.allocateDirect(MIB / 4);
            for (int i = 0; i < 4 * mebibytes; i++) {
                channel.write(data.clear());
            }
        }
    }

    @Test
    void pausesAreThoseThatTheKernelMade() throws IOException {
        Files.createDirectory(TRACE);
        try (NullBlock disk = NullBlock.create(Map.of("mbps", "8"));
                TestCgroup cgroup = TestCgroup.create();
                TestCgroup other = TestCgroup.create();
                DirtyLimits _ = new DirtyLimits(2 * MIB, 4 * MIB)) {
            Path enable = TRACE.resolve("events/writeback/balance_dirty_pages/enable");
            Files.writeString(enable, "1");
            long start = System.nanoTime();
            try (Inside _ = Inside.of(cgroup)) {
                write(disk.path(), 24);
            }
            long elapsed = System.nanoTime() - start;
            Files.writeString(enable, "0");

            FieldTotals totals = new FieldTotals(LOADED.snapshot(), "writeback", cgroup.path());
            long ours = totals.value("throttled");
            List<Long> pauses = traced();
            long theirs = Duration.ofMillis(
                            pauses.stream().mapToLong(Long::longValue).sum())
                    .toNanos();
            System.out.printf(
                    "writeback pauses: ours %d theirs %d difference %d; time: ours %d ns theirs %d ns difference %.2f %%, of %d ns%n",
                    totals.count("throttled"),
                    pauses.size(),
                    totals.count("throttled") - pauses.size(),
                    ours,
                    theirs,
                    100.0 * (ours - theirs) / theirs,
                    elapsed);
            assertThat(pauses).hasSizeGreaterThan(5);
            assertThat(totals.count("throttled")).isEqualTo(pauses.size());
            // A sleep ends with a tick: at most one earlier than from start to end, some time later on a busy machine.
            long tick = Duration.ofMillis(10).toNanos();
            assertThat(ours).isBetween(theirs - tick * pauses.size(), elapsed);
            assertThat(new FieldTotals(LOADED.snapshot(), "writeback", other.path()).count("throttled"))
                    .isZero();
        } finally {
            Files.delete(TRACE);
        }
    }
}
