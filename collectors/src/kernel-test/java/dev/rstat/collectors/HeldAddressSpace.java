// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import org.jspecify.annotations.Nullable;

/** Keeps the lock of this process's address space nearly always taken, until closed. */
final class HeldAddressSpace implements AutoCloseable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final int MADV_POPULATE_WRITE = 23;

    /** What only this calls. */
    public interface Mappings {
        Pointer mmap(
                @Nullable Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

        int madvise(Pointer address, @size_t long length, int advice);

        int mprotect(Pointer address, @size_t long length, int protection);

        int munmap(Pointer address, @size_t long length);
    }

    private final Mappings mappings = LibraryLoader.create(Mappings.class).load("c");
    private final Pointer address;
    private final long size;
    private final AtomicBoolean done = new AtomicBoolean();
    private final List<Thread> holders;

    /**
     * @param mebibytes changing the protection of so many small pages takes the lock each time; hundreds take milliseconds
     */
    HeldAddressSpace(int mebibytes) throws InterruptedException {
        size = (long) mebibytes << 20;
        address = mappings.mmap(null, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assertThat(mappings.madvise(address, size, MADV_NOHUGEPAGE)).isZero();
        assertThat(mappings.madvise(address, size, MADV_POPULATE_WRITE)).isZero();
        CountDownLatch held = new CountDownLatch(2);
        // Two, so that one takes it while the other has left it and waits for a CPU.
        holders = Stream.generate(() -> Thread.ofPlatform().start(() -> hold(held)))
                .limit(2)
                .toList();
        held.await();
    }

    private void hold(CountDownLatch held) {
        while (!done.get()) {
            mappings.mprotect(address, size, PROT_READ);
            mappings.mprotect(address, size, PROT_READ | PROT_WRITE);
            held.countDown();
        }
    }

    /** A bash condition that waits for the lock: a look into /proc/PID/map_files takes it. */
    static String look() {
        return "[[ -e /proc/%d/map_files/1000-2000 ]]"
                .formatted(ProcessHandle.current().pid());
    }

    @Override
    public void close() {
        done.set(true);
        try {
            for (Thread holder : holders) {
                holder.join();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        mappings.munmap(address, size);
    }
}
