// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import dev.rstat.RstatException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The demo's cgroups and the processes in them; closing takes all of it away. */
final class DemoTree implements AutoCloseable {
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

    private final Path top;
    private final List<Process> processes = new ArrayList<>();
    private boolean closed;

    private DemoTree(Path top) {
        this.top = top;
    }

    /**
     * Makes the tree and starts the workloads.
     *
     * @param cgroupRoot the cgroup2 mount
     * @param cpu the one that all run on
     * @throws RstatException if that is not possible; then nothing is left
     */
    static DemoTree start(Path cgroupRoot, int cpu) {
        DemoTree tree = new DemoTree(cgroupRoot.resolve(Workload.TOP));
        tree.requireIdle();
        // What a demo that was killed has left.
        tree.close();
        tree.closed = false;
        try {
            for (Workload workload : Workload.ALL) {
                Path cgroup = tree.top.resolve(workload.cgroup());
                Files.createDirectories(cgroup);
                for (int i = 0; i < workload.processes(); i++) {
                    tree.processes.add(start(cgroup, workload.script(), cpu));
                }
            }
            return tree;
        } catch (IOException e) {
            tree.close();
            throw new RstatException("cannot make cgroups at %s: %s".formatted(tree.top, e.getMessage()), e);
        }
    }

    Path top() {
        return top;
    }

    /** The workloads of a demo that was killed die with it: whatever runs there is somebody else's. */
    private void requireIdle() {
        Path events = top.resolve("cgroup.events");
        try {
            if (Files.exists(events) && Files.readString(events).contains("populated 1")) {
                throw new RstatException("something runs in %s, another demo perhaps; wait for its end".formatted(top));
            }
        } catch (IOException e) {
            throw new RstatException("cannot read %s: %s".formatted(events, e.getMessage()), e);
        }
    }

    /** The shell moves itself before it becomes the workload, so nothing of it runs elsewhere; and it dies with this process. */
    private static Process start(Path cgroup, String script, int cpu) throws IOException {
        return new ProcessBuilder(
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        "sh",
                        "-c",
                        "echo $$ > \"$1/cgroup.procs\" && exec taskset -c \"$2\" sh -c \"$3\"",
                        "rstat-demo",
                        cgroup.toString(),
                        Integer.toString(cpu),
                        script)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
    }

    /**
     * Kills the processes and removes the cgroups.
     *
     * @throws RstatException if something keeps them
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (!Files.isDirectory(top)) {
            return;
        }
        try {
            kill();
            for (Process process : processes) {
                process.waitFor(KILL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            }
            processes.clear();
            try (Stream<Path> tree = Files.walk(top)) {
                // Of what is under a cgroup only directories can, and need to, be removed: children first.
                for (Path cgroup : tree.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList()) {
                    Files.delete(cgroup);
                }
            }
        } catch (IOException e) {
            throw new RstatException(
                    "cannot remove the cgroups at %s: %s; remove them with rmdir".formatted(top, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kills everything below the top, and waits until the kernel says that nothing is left. */
    private void kill() throws IOException, InterruptedException {
        Path events = top.resolve("cgroup.events");
        long deadline = System.nanoTime() + KILL_TIMEOUT.toNanos();
        try (WatchService watch = top.getFileSystem().newWatchService()) {
            // The kernel reports a change of cgroup.events as a modification.
            top.register(watch, StandardWatchEventKinds.ENTRY_MODIFY);
            Files.writeString(top.resolve("cgroup.kill"), "1");
            while (isPopulated(events)) {
                WatchKey key = watch.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (key == null) {
                    throw new RstatException("processes in %s do not die; see %s/cgroup.procs".formatted(top, top));
                }
                key.pollEvents();
                key.reset();
            }
        }
    }

    private static boolean isPopulated(Path events) throws IOException {
        return Files.readAllLines(events).contains("populated 1");
    }
}
