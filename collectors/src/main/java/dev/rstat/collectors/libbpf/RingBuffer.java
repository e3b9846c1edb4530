// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.util.function.Predicate;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** Reads a ring buffer that BPF programs write. For one thread, and one reader in the system. */
public final class RingBuffer implements AutoCloseable {
    private final FileDescriptor map;
    /** libbpf keeps the address: the callback must live as long as this. */
    private final LibBpf.Sample sample;

    private final Pointer ring;
    private boolean closed;

    /**
     * @param map a ring buffer's descriptor, opened for writing as well; closed with this
     * @param consumer receives each record, which is valid until it returns, and says whether it wants another at once: while records
     *     come as fast as they are read, {@link #poll} would not return
     */
    public RingBuffer(FileDescriptor map, Predicate<Pointer> consumer) {
        this.map = map;
        this.sample = (context, data, size) -> consumer.test(data) ? 0 : -Errno.EAGAIN;
        @Nullable Pointer opened = Native.bpf().ring_buffer__new(map.number(), sample, null, null);
        if (opened == null) {
            int error = Native.errno();
            map.close();
            throw new RstatException("cannot read a ring buffer: " + Native.describe(error));
        }
        this.ring = opened;
    }

    /** Hands over what is there; waits for something if nothing is. */
    public void poll(int milliseconds) {
        int records = Native.bpf().ring_buffer__poll(ring, milliseconds);
        if (records < 0 && records != -Errno.EINTR && records != -Errno.EAGAIN) {
            throw new RstatException("cannot wait for a ring buffer: " + Native.describe(records));
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Native.bpf().ring_buffer__free(ring);
            map.close();
        }
    }
}
