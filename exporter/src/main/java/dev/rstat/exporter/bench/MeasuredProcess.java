// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.ServiceUser;
import dev.rstat.collectors.bench.BenchCgroups;
import dev.rstat.collectors.bench.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/**
 * A server in a process of its own, without privileges, and in a cgroup of its own, which is how its CPU time is told to the microsecond and
 * with that of threads that have ended.
 */
final class MeasuredProcess implements AutoCloseable {
    private static final long START_NANOSECONDS = 120_000_000_000L;

    private static final long STOP_SECONDS = 20;

    private final String name;
    private final Path cgroup;
    private final Path log;
    private final int port;
    private final Process process;

    private MeasuredProcess(String name, Path cgroup, Path log, int port, Process process) {
        this.name = name;
        this.cgroup = cgroup;
        this.log = log;
        this.port = port;
        this.process = process;
    }

    /** The command of a server that is to listen at a port of 127.0.0.1. */
    interface Command {
        List<String> at(int port);
    }

    /**
     * Listens when it returns.
     *
     * @param folder for what it says
     * @throws RstatException if it does not start
     */
    static MeasuredProcess start(
            String name, ServiceUser user, Command command, BenchCgroups cgroups, Path folder, Progress progress) {
        progress.say("starting " + name);
        int port = freePort();
        List<String> unprivileged = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + user.uid(),
                "--regid=" + user.gid(),
                "--clear-groups",
                "--inh-caps=-all",
                "--ambient-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                // Becoming another user takes it away.
                "--pdeathsig=KILL",
                "--"));
        unprivileged.addAll(command.at(port));
        try {
            Path cgroup = Files.createDirectory(cgroups.top().resolve(name));
            Path log = folder.resolve(name + ".log");
            Process process = BenchCgroups.start(cgroup, "exec \"$@\"", unprivileged.toArray(String[]::new))
                    .redirectOutput(log.toFile())
                    .redirectError(log.toFile())
                    .start();
            MeasuredProcess server = new MeasuredProcess(name, cgroup, log, port, process);
            server.awaitListening(progress);
            return server;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void awaitListening(Progress progress) throws IOException {
        long deadline = System.nanoTime() + START_NANOSECONDS;
        while (!listens()) {
            progress.check();
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new RstatException("%s did not start: %s"
                        .formatted(name, Files.readString(log).strip()));
            }
            pause();
        }
    }

    private boolean listens() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (ConnectException _) {
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:%d%s".formatted(port, path));
    }

    /** CPU time until now, of all its threads, in the kernel too. */
    long cpuMicroseconds() {
        return number(cgroup.resolve("cpu.stat"), "usage_usec");
    }

    /** The most memory that it ever had. */
    double peakMiB() {
        return number(Path.of("/proc/%d/status".formatted(process.pid())), "VmHWM:") / 1024.0;
    }

    private static long number(Path file, String name) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow(() -> new RstatException("no %s in %s".formatted(name, file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            Files.delete(cgroup);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }
}
