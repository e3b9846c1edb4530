// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Cgroups that are made, and removed, as fast as one thread can. */
final class Burst {
    private static final String DYING = "nr_dying_descendants ";
    private static final long LOOK_NANOSECONDS = 200_000;

    private final Path top;
    private final List<Path> directories;
    private final long dyingBefore;

    /**
     * @param top the cgroup they are below
     */
    Burst(Path top, int cgroups) {
        this.top = top;
        directories = IntStream.range(0, cgroups)
                .mapToObj(i -> top.resolve("burst" + i))
                .toList();
        dyingBefore = dying();
    }

    List<Path> directories() {
        return directories;
    }

    /**
     * @param made gets when each was made, by {@link System#nanoTime}
     */
    void make(long[] made) {
        try {
            for (int i = 0; i < made.length; i++) {
                Files.createDirectory(directories.get(i));
                made[i] = System.nanoTime();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void remove() {
        try {
            for (Path directory : directories) {
                Files.delete(directory);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Waits until the kernel has freed as many as were removed. */
    void awaitFreed() {
        while (dying() > dyingBefore) {
            LockSupport.parkNanos(LOOK_NANOSECONDS);
        }
    }

    /** Waits until the kernel has a file, or has it no more. */
    static void await(Path file, boolean there) {
        while (Files.exists(file) != there) {
            LockSupport.parkNanos(LOOK_NANOSECONDS);
        }
    }

    /** Cgroups below the top that were removed and that something still refers to. */
    private long dying() {
        try {
            return Files.readAllLines(top.resolve("cgroup.stat")).stream()
                    .filter(line -> line.startsWith(DYING))
                    .mapToLong(line -> Long.parseLong(line.substring(DYING.length())))
                    .sum();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
