// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The memory controller's side of a test cgroup: the cgroup itself in the guests; where the controller belongs to v1's hierarchy, as on
 * the build machine, a twin there, which processes have to join as well.
 */
public final class MemoryController implements AutoCloseable {
    private final Path directory;
    private final boolean twin;

    private MemoryController(Path directory, boolean twin) {
        this.directory = directory;
        this.twin = twin;
    }

    public static MemoryController of(TestCgroup cgroup) {
        if (Files.exists(cgroup.directory().resolve("memory.max"))) {
            return new MemoryController(cgroup.directory(), false);
        }
        Path directory = Path.of("/sys/fs/cgroup/memory" + cgroup.path());
        try {
            return new MemoryController(Files.createDirectory(directory), true);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A shell command with which a process joins both `cgroup`, which is the one given or below it, and the controller. */
    public String join(TestCgroup cgroup) {
        String join = "echo $$ > %s/cgroup.procs".formatted(cgroup.directory());
        return twin ? "%s && echo $$ > %s/cgroup.procs".formatted(join, directory) : join;
    }

    public void limit(long bytes) {
        try {
            Files.writeString(directory.resolve(twin ? "memory.limit_in_bytes" : "memory.max"), Long.toString(bytes));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Reclaims up to some bytes, or all there is where the controller is v1's.
     *
     * @return the nanoseconds that the write took which asked for it
     */
    public long reclaim(long bytes) {
        Path file = directory.resolve(twin ? "memory.force_empty" : "memory.reclaim");
        byte[] request = Long.toString(twin ? 0 : bytes).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(request.length).put(request).flip();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long start = System.nanoTime();
            try {
                channel.write(buffer);
            } catch (IOException notAll) {
                // EAGAIN: less than that could be reclaimed, which took its time as well.
            }
            return System.nanoTime() - start;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Bytes of page cache. */
    public long pageCache() {
        return value("memory.stat", twin ? "cache" : "file");
    }

    public long oomKills() {
        return value(twin ? "memory.oom_control" : "memory.events", "oom_kill");
    }

    public long stat(String key) {
        return value("memory.stat", key);
    }

    private long value(String file, String key) {
        try {
            return Files.readAllLines(directory.resolve(file)).stream()
                    .filter(line -> line.startsWith(key + " "))
                    .mapToLong(line -> Long.parseLong(line.substring(key.length() + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no %s in %s".formatted(key, file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        if (!twin) {
            return;
        }
        try {
            Files.delete(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
