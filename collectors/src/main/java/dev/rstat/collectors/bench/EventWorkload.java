// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes events while it is open: a process is moved between cgroups and asked for an answer each time (attaches, switches, wakeups), and
 * another starts processes that write and flush a file (forks, program starts, page faults, block I/O).
 */
final class EventWorkload implements AutoCloseable {
    private static final int LEAVES = 20;

    /** One kind of event for a while, then the other: what comes often finds warm caches. */
    private static final int MOVES = 100;

    private static final int ANSWERS = 1000;
    private static final String WRITES =
            "while :; do dd if=/dev/zero of=\"$1\" bs=64k count=1 conv=fsync; rm -f \"$1\"; done";

    private final BenchCgroups cgroups;
    private final Path file;
    private final List<Process> processes = new ArrayList<>();
    private final Thread mover = new Thread(this::move, "mover");
    private volatile boolean ended;
    private volatile @Nullable RuntimeException failure;

    EventWorkload(BenchCgroups cgroups) throws IOException {
        this.cgroups = cgroups;
        cgroups.grow(LEAVES);
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        this.file = Files.createTempFile(folder, "rstat-bench", "");
        processes.add(
                BenchCgroups.start(cgroups.leaf(0), WRITES, file.toString()).start());
        mover.start();
    }

    private void move() {
        try {
            while (!ended) {
                cgroups.move(MOVES);
                cgroups.ask(ANSWERS);
            }
        } catch (RuntimeException end) {
            failure = end;
        }
    }

    /** Fails if it has ended before its time. */
    void requireRunning() {
        RuntimeException end = failure;
        if (end != null) {
            throw end;
        }
    }

    @Override
    public void close() {
        ended = true;
        processes.forEach(Process::destroyForcibly);
        try {
            mover.join();
            for (Process process : processes) {
                process.waitFor();
            }
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
