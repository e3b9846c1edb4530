// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contention collector with tasks that wait for each other in the kernel, and for nothing else. */
@Tag("kernel")
class ContentionKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("contention");

    private static final int HISTOGRAM = Metric.BUCKETS + 1;
    private static final int SPIN = 0;
    private static final int MUTEX = HISTOGRAM;
    private static final int RWSEM = 2 * HISTOGRAM;

    /** Threads that write to the start of one file, over and over. */
    static final class Writers {
        static final int COUNT = 4;
        private static final String NAME = "file-writer";

        private Writers() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < COUNT; i++) {
                Thread.ofPlatform().name(NAME).start(() -> write(Path.of(arguments[0])));
            }
        }

        private static void write(Path file) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 18);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                while (true) {
                    channel.write(bytes.clear(), 0);
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        /** The threads' folders in /proc. */
        static List<Path> of(Process process) throws IOException {
            List<Path> writers = new ArrayList<>();
            try (Stream<Path> threads = Files.list(Path.of("/proc/%d/task".formatted(process.pid())))) {
                for (Path thread : threads.toList()) {
                    if (name(thread).equals(NAME)) {
                        writers.add(thread);
                    }
                }
            }
            return writers;
        }

        private static String name(Path thread) throws IOException {
            try {
                return Files.readString(thread.resolve("comm")).strip();
            } catch (NoSuchFileException ended) {
                return "";
            }
        }
    }

    private static long waits(Snapshot snapshot, TestCgroup cgroup, int histogram) {
        return IntStream.rangeClosed(1, Metric.BUCKETS)
                .mapToLong(bucket -> Totals.value(snapshot, "contention", cgroup.path(), histogram + bucket))
                .sum();
    }

    private static long waited(Snapshot snapshot, TestCgroup cgroup, int histogram) {
        return Totals.value(snapshot, "contention", cgroup.path(), histogram);
    }

    /** A process that is what a shell command becomes, in the cgroup from the start. */
    private static Process start(TestCgroup cgroup, String command) throws IOException {
        return new ProcessBuilder(
                        "sh", "-c", "echo $$ > %s/cgroup.procs && exec %s".formatted(cgroup.directory(), command))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Nanoseconds, of all writers together but for the clock; the waits are those for the file's lock. */
    private record Times(long clock, long ran, long queued, long waits, long waited) {
        static Times frozen(TestCgroup cgroup, List<Path> writers) throws IOException {
            cgroup.freeze();
            long clock = System.nanoTime();
            long ran = 0;
            long queued = 0;
            for (Path writer : writers) {
                String[] schedstat =
                        Files.readString(writer.resolve("schedstat")).split(" ", -1);
                ran += Long.parseLong(schedstat[0]);
                queued += Long.parseLong(schedstat[1]);
            }
            Snapshot snapshot = LOADED.snapshot();
            return new Times(
                    clock,
                    ran,
                    queued,
                    ContentionKernelTest.waits(snapshot, cgroup, RWSEM),
                    ContentionKernelTest.waited(snapshot, cgroup, RWSEM));
        }

        Times since(Times before) {
            return new Times(
                    clock - before.clock,
                    ran - before.ran,
                    queued - before.queued,
                    waits - before.waits,
                    waited - before.waited);
        }
    }

    /**
     * A write holds the file's lock, an rwsem, for as long as it copies, and writers sleep for nothing else. Who slept has waited; who
     * is woken waits on until it has run again. So what is counted is at least the time asleep and at most that and the time queued,
     * give or take the entry to the wait.
     */
    @Test
    void writersOfOneFileWaitForItsLockAsLongAsTheySleep() throws IOException, InterruptedException {
        Path file = Path.of("/run/rstat-test-contention");
        String java = ProcessHandle.current().info().command().orElseThrow();
        try (TestCgroup cgroup = TestCgroup.create()) {
            Process process = start(
                    cgroup,
                    "'%s' -Xint -cp '%s' '%s' %s"
                            .formatted(java, System.getProperty("java.class.path"), Writers.class.getName(), file));
            Await.until(
                    "all write",
                    Duration.ofSeconds(60),
                    () -> Writers.of(process).size() == Writers.COUNT && waits(LOADED.snapshot(), cgroup, RWSEM) > 100);
            List<Path> writers = Writers.of(process);
            Times before = Times.frozen(cgroup, writers);
            cgroup.thaw();
            // Reads meanwhile: what they flush is what is being counted.
            for (int i = 0; i < 100; i++) {
                LOADED.snapshot();
                Thread.sleep(20);
            }
            Times times = Times.frozen(cgroup, writers).since(before);
            long asleep = Writers.COUNT * times.clock - times.ran - times.queued;
            System.out.printf(
                    "contention: %d waits of ours %d ns; asleep %d, queued %d, ran %d; difference from asleep %.2f %%%n",
                    times.waits,
                    times.waited,
                    asleep,
                    times.queued,
                    times.ran,
                    100.0 * (times.waited - asleep) / asleep);
            assertThat(times.waits).isGreaterThan(100);
            assertThat(times.waited).isBetween(asleep * 9 / 10, (asleep + times.queued) * 11 / 10);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Test
    void writersOfOnePipeWaitForItsMutex() throws IOException, InterruptedException {
        Path pipe = Path.of("/run/rstat-test-pipe");
        int writers = 3;
        try (TestCgroup cgroup = TestCgroup.create()) {
            assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                    .isZero();
            long began = System.nanoTime();
            start(cgroup, "dd if=%s of=/dev/null bs=65536".formatted(pipe));
            for (int i = 0; i < writers; i++) {
                start(cgroup, "dd if=/dev/zero of=%s bs=65536".formatted(pipe));
            }
            Await.until(
                    "a hundred waits", Duration.ofSeconds(30), () -> waits(LOADED.snapshot(), cgroup, MUTEX) >= 100);
            Snapshot snapshot = LOADED.snapshot();
            long elapsed = System.nanoTime() - began;
            System.out.printf(
                    "contention of a pipe: %d waits of %d ns for mutexes, %d of %d ns spinning, in %d ns%n",
                    waits(snapshot, cgroup, MUTEX),
                    waited(snapshot, cgroup, MUTEX),
                    waits(snapshot, cgroup, SPIN),
                    waited(snapshot, cgroup, SPIN),
                    elapsed);
            assertThat(waited(snapshot, cgroup, MUTEX)).isPositive().isLessThan((writers + 1) * elapsed);
            assertThat(waited(snapshot, cgroup, SPIN))
                    .isLessThan(Runtime.getRuntime().availableProcessors() * elapsed);
        } finally {
            Files.deleteIfExists(pipe);
        }
    }
}
