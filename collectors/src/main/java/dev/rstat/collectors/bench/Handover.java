// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Two processes on one CPU that hand one block of bytes to and fro: each time it comes round costs two context switches, no more and no
 * fewer, since neither has anything to do until the other has run. Counted by the kernel's own count of bytes read, {@code /proc/PID/io}.
 */
final class Handover implements AutoCloseable {
    /** A FIFO is opened for both directions, so that neither waits for the other at the start. */
    private static final String SCRIPT = """
            mkfifo "$1/to" "$1/fro" || exit
            taskset -c 0 dd bs="$2" <>"$1/to" >"$1/fro" &
            taskset -c 0 dd bs="$2" <>"$1/fro" >"$1/to" &
            head -c "$2" /dev/zero >"$1/to"
            wait
            """;

    private static final int SWITCHES_EACH = 2;
    private static final long DEADLINE_NANOSECONDS = 10_000_000_000L;

    private final Path cgroup;
    private final Path directory;
    private final int bytes;
    private final Process process;
    private Path counts = Path.of("/proc/self/io");

    /**
     * @param cgroup to work in, made here
     * @param bytes handed over each time: what there is to do besides switching
     */
    Handover(Path cgroup, int bytes) {
        this.cgroup = cgroup;
        this.bytes = bytes;
        try {
            Files.createDirectory(cgroup);
            directory = Files.createTempDirectory("rstat-bench");
            process = BenchCgroups.start(cgroup, "{ " + SCRIPT + " }", directory.toString(), Integer.toString(bytes))
                    .start();
        } catch (IOException failure) {
            throw new RstatException("cannot start the stress: " + failure.getMessage(), failure);
        }
        try {
            counts = await();
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    /** The counts of one of the two, once it has been given something. */
    private Path await() {
        long deadline = System.nanoTime() + DEADLINE_NANOSECONDS;
        while (true) {
            for (String pid : processes()) {
                Path of = Path.of("/proc", pid);
                try {
                    if (Files.readString(of.resolve("comm")).equals("dd\n") && read(of.resolve("io")) > bytes) {
                        return of.resolve("io");
                    }
                } catch (IOException ended) {
                    // One of those that start the two.
                }
            }
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new RstatException(
                        "two processes of dd did not hand anything over; that needs mkfifo and taskset");
            }
            Pause.millis(1);
        }
    }

    private List<String> processes() {
        try {
            return Files.readAllLines(cgroup.resolve("cgroup.procs"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Context switches so far. */
    long switches() {
        try {
            return read(counts) / bytes * SWITCHES_EACH;
        } catch (IOException ended) {
            throw new UncheckedIOException(ended);
        }
    }

    private static long read(Path counts) throws IOException {
        String field = "rchar: ";
        return Files.readAllLines(counts).stream()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.substring(field.length())))
                .sum();
    }

    @Override
    public void close() {
        BenchCgroups.remove(cgroup, process);
        try {
            for (String fifo : List.of("to", "fro")) {
                Files.deleteIfExists(directory.resolve(fifo));
            }
            Files.delete(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
