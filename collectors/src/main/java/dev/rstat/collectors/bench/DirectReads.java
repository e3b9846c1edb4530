// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that reads blocks past the page cache, one after the other: each is a request to a block device, and is counted there. */
final class DirectReads implements AutoCloseable {
    static final int BLOCK = 4096;

    private static final String SCRIPT =
            "while dd if=\"$1\" of=/dev/null bs=%d iflag=direct; do :; done".formatted(BLOCK);

    /** Of a line of diskstats: reads completed. */
    private static final int READS = 3;

    private static final int ENOUGH_READS = 8;
    private static final long DEADLINE_NANOSECONDS = 10_000_000_000L;

    private final Path cgroup;
    private final Process process;

    /**
     * @param cgroup to work in, made here
     * @param file on a block device, or one itself
     * @throws RstatException if no block device is asked for it
     */
    DirectReads(Path cgroup, Path file) {
        this.cgroup = cgroup;
        long before = reads();
        try {
            Files.createDirectory(cgroup);
            process = BenchCgroups.start(cgroup, SCRIPT, file.toString()).start();
        } catch (IOException failure) {
            throw new RstatException("cannot start the stress: " + failure.getMessage(), failure);
        }
        long deadline = System.nanoTime() + DEADLINE_NANOSECONDS;
        while (reads() - before < ENOUGH_READS) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                close();
                throw new RstatException("reading %s asks no block device; name a file on one, or a device: --read FILE"
                        .formatted(file));
            }
            Pause.millis(1);
        }
    }

    /** That the host's block devices have completed; partitions count theirs once more. */
    long reads() {
        try {
            return Files.readAllLines(Path.of("/proc/diskstats")).stream()
                    .mapToLong(line -> Long.parseLong(line.strip().split("\\s+", -1)[READS]))
                    .sum();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        BenchCgroups.remove(cgroup, process);
    }
}
