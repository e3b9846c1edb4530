// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A cgroup of a test's own, which goes with everything in it when closed. */
public final class TestCgroup implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Path ROOT = CgroupMount.find().path();

    private final Path directory;

    private TestCgroup(Path directory) {
        this.directory = directory;
    }

    /** A new cgroup right below the root, with a name nobody else has. */
    public static TestCgroup create() {
        return make(ROOT.resolve(
                "rstat-test-%d-%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet())));
    }

    private static TestCgroup make(Path directory) {
        try {
            return new TestCgroup(Files.createDirectory(directory));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public TestCgroup child(String name) {
        return make(directory.resolve(name));
    }

    public Path directory() {
        return directory;
    }

    /** As in /proc/PID/cgroup. */
    public String path() {
        return "/" + ROOT.relativize(directory);
    }

    public long id() {
        try {
            return (long) Files.getAttribute(directory, "unix:ino");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Moves a process here. */
    public void attach(long pid) {
        write("cgroup.procs", Long.toString(pid));
    }

    private void write(String file, String text) {
        try {
            Files.writeString(directory.resolve(file), text);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Stops everything in it, and returns when nothing runs: counts of its tasks, wherever they are kept, then stand still. */
    public void freeze() {
        write("cgroup.freeze", "1");
        awaitEvent("frozen 1");
    }

    public void thaw() {
        write("cgroup.freeze", "0");
    }

    private void awaitEvent(String event) {
        Await.until(
                "%s: %s".formatted(directory, event),
                Duration.ofSeconds(30),
                () -> Files.readString(directory.resolve("cgroup.events")).contains(event));
    }

    /** Removes this cgroup, which must have no children; kills what runs in it. */
    public void remove() {
        write("cgroup.kill", "1");
        awaitEvent("populated 0");
        try {
            Files.delete(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        if (!Files.exists(directory)) {
            return;
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory, Files::isDirectory)) {
            children.forEach(child -> new TestCgroup(child).close());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        remove();
    }
}
