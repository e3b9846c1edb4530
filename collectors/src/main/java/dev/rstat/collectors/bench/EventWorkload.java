// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes events while it is open, of one kind at a time: each hook is busy at one of them, so that it finds warm caches, as where its cost
 * matters.
 */
final class EventWorkload implements AutoCloseable {
    /** What keeps the machine busy. */
    enum Kind {
        /** A process is moved between cgroups. */
        MOVES,
        /** Processes hand data to each other on one CPU: switches from task to task, and wakeups. */
        SWITCHES("exec taskset -c 0 sh -c 'yes | cat | cat'"),
        /** Processes are made, start a program, and end: page faults and mappings, too. */
        PROGRAMS("while :; do (:); true | cat; done"),
        /** A file is read past the page cache, a block at a time. */
        READS("while :; do dd if=\"$1\" of=/dev/null bs=4k iflag=direct; done"),
        /** A file is written and flushed to the device. */
        WRITES("while :; do dd if=/dev/zero of=\"$1\" bs=4k count=1000 conv=notrunc oflag=dsync; done"),
        /** Processes write to one pipe, which the kernel allows one at a time. */
        LOCKS("{ yes & yes & yes & yes; } | cat"),
        /** TCP connections over the loopback device, each with an exchange. */
        CONNECTIONS;

        private final @Nullable String script;

        Kind() {
            this.script = null;
        }

        Kind(String script) {
            this.script = script;
        }
    }

    private static final int LEAVES = 20;
    private static final int FILE_BYTES = 4 << 20;

    private final BenchCgroups cgroups;
    private final Kind kind;
    private final Path place;
    private final Path file;
    private final @Nullable Process process;
    private final Thread worker = new Thread(this::work, "workload");
    private volatile boolean ended;
    private volatile @Nullable Exception failure;

    /** Starts it. */
    EventWorkload(BenchCgroups cgroups, Kind kind) throws IOException {
        this.cgroups = cgroups;
        this.kind = kind;
        cgroups.grow(LEAVES);
        this.place = Files.createDirectory(cgroups.top().resolve("workload"));
        this.file = Files.createTempFile(Path.of(System.getProperty("java.io.tmpdir")), "rstat-bench", "");
        String script = kind.script;
        if (script == null) {
            this.process = null;
        } else {
            Files.write(file, new byte[FILE_BYTES]);
            this.process = BenchCgroups.start(place, script, file.toString()).start();
        }
        worker.start();
    }

    private void work() {
        try {
            switch (kind) {
                case MOVES -> repeat(() -> cgroups.move(LEAVES));
                case CONNECTIONS -> connect();
                case SWITCHES, PROGRAMS, READS, WRITES, LOCKS -> {
                    // Processes of their own do it.
                }
            }
        } catch (IOException | RuntimeException end) {
            failure = end;
        }
    }

    private void repeat(Runnable events) {
        while (!ended) {
            events.run();
        }
    }

    private void connect() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            while (!ended) {
                try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                        Socket accepted = server.accept()) {
                    client.getOutputStream().write('?');
                    accepted.getOutputStream().write(accepted.getInputStream().read());
                    client.getInputStream().read();
                }
            }
        }
    }

    /** Fails if it has ended before its time. */
    void requireRunning() {
        if (failure != null || (process != null && !process.isAlive())) {
            throw new IllegalStateException("the workload %s has ended".formatted(kind), failure);
        }
    }

    @Override
    public void close() {
        ended = true;
        try {
            worker.join();
            BenchCgroups.empty(place);
            if (process != null) {
                process.waitFor();
            }
            Files.delete(place);
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
