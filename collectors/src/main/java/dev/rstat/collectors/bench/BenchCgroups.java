// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.Host;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The benchmarks' cgroups, {@code /rstat-bench/GROUP/LEAF}, and one process that goes from leaf to leaf. Closing takes all of it away.
 *
 * <p>A touch of a leaf is one event for each collector of interest: the process is moved there, and then runs, since it answers.
 */
public final class BenchCgroups implements AutoCloseable {
    private static final int GROUP = 100;

    private final Path top = Host.cgroupRoot().resolve("rstat-bench");
    private final List<Path> leaves = new ArrayList<>();
    private final Progress progress;
    private final Process process;
    private int moves;

    private BenchCgroups(Progress progress, Process process) {
        this.progress = progress;
        this.process = process;
    }

    /**
     * @throws RstatException if another benchmark runs, or cgroups cannot be made
     */
    public static BenchCgroups create(Progress progress) {
        return create(progress, "exec cat");
    }

    /**
     * @param script of the process that goes round: it answers each line of its input with one
     * @throws RstatException if another benchmark runs, or cgroups cannot be made
     */
    public static BenchCgroups create(Progress progress, String script) {
        Path top = Host.cgroupRoot().resolve("rstat-bench");
        try {
            if (Files.exists(top)) {
                if (Files.readString(top.resolve("cgroup.events")).contains("populated 1")) {
                    throw new RstatException("something runs in %s, another benchmark perhaps".formatted(top));
                }
                remove(top, progress); // left by one that was killed
            }
            Files.createDirectory(top);
            // An interrupt from the terminal is for the benchmark, which ends this process when it has cleaned up.
            return new BenchCgroups(
                    progress,
                    start(top, script)
                            .redirectOutput(ProcessBuilder.Redirect.PIPE)
                            .start());
        } catch (IOException failure) {
            throw new RstatException("cannot make cgroups at %s: %s".formatted(top, failure.getMessage()), failure);
        }
    }

    /** A process that begins in a cgroup, is deaf to the terminal's interrupts, and dies with this one. */
    public static ProcessBuilder start(Path cgroup, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "sh",
                "-c",
                "trap '' INT && echo $$ > \"$0/cgroup.procs\" && " + script));
        command.add(cgroup.toString());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
    }

    public Path top() {
        return top;
    }

    /** By its number; they go round. */
    Path leaf(int number) {
        return leaves.get(number % leaves.size());
    }

    int size() {
        return leaves.size();
    }

    /** Makes leaves until there are as many. */
    public void grow(int count) {
        try {
            Meter meter = new Meter(progress, "making cgroups", count);
            while (leaves.size() < count) {
                Path group = top.resolve("g" + leaves.size() / GROUP);
                if (leaves.size() % GROUP == 0) {
                    Files.createDirectory(group);
                }
                leaves.add(Files.createDirectory(group.resolve("c" + leaves.size())));
                meter.at(leaves.size());
            }
        } catch (IOException failure) {
            throw new RstatException("cannot make cgroups below %s: %s".formatted(top, failure.getMessage()), failure);
        }
    }

    /**
     * Moves the process into some leaves one after the other.
     *
     * @param first the number of the first; it goes round at the end
     */
    public void touch(int first, int count) {
        Meter meter = new Meter(progress, "moving a process through cgroups", count);
        String pid = Long.toString(process.pid());
        try {
            for (int i = 0; i < count; i++) {
                Files.writeString(leaf(first + i).resolve("cgroup.procs"), pid);
                ask(1);
                meter.at(i + 1);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Moves the process so many times, on and on round the leaves, without asking anything of it. */
    void move(int times) {
        String pid = Long.toString(process.pid());
        try {
            for (int i = 0; i < times; i++) {
                Files.writeString(leaf(moves).resolve("cgroup.procs"), pid);
                moves = (moves + 1) % leaves.size();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Has the process run, and sleep again, so many times. */
    void ask(int times) {
        try {
            OutputStream question = process.getOutputStream();
            InputStream answer = process.getInputStream();
            for (int i = 0; i < times; i++) {
                question.write('\n');
                question.flush();
                if (answer.read() < 0) {
                    throw new IOException("the process has ended");
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        try {
            remove(top, progress);
        } catch (IOException failure) {
            throw new RstatException(
                    "cannot remove the cgroups at %s: %s; remove them with rmdir".formatted(top, failure.getMessage()),
                    failure);
        }
    }

    private static void remove(Path top, Progress progress) throws IOException {
        empty(top);
        List<Path> groups = children(top);
        if (groups.size() > 1) {
            progress.say("removing cgroups");
        }
        for (Path group : groups) {
            for (Path leaf : children(group)) {
                Files.delete(leaf);
            }
            Files.delete(group);
        }
        Files.delete(top);
    }

    /** Kills what runs in a cgroup and below, and waits for its end. */
    static void empty(Path cgroup) throws IOException {
        Files.writeString(cgroup.resolve("cgroup.kill"), "1");
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (Files.readString(cgroup.resolve("cgroup.events")).contains("populated 1")) {
            if (System.nanoTime() > deadline) {
                throw new IOException("processes in %s do not die".formatted(cgroup));
            }
            Pause.millis(5);
        }
    }

    /** Takes a cgroup away with the process that was started in it. */
    static void remove(Path cgroup, Process process) {
        try {
            empty(cgroup);
            process.waitFor();
            Files.delete(cgroup);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Path> children(Path cgroup) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(cgroup, Files::isDirectory)) {
            stream.forEach(children::add);
        }
        return children;
    }
}
