// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import jnr.ffi.byref.IntByReference;

/**
 * Reads a whole hash map with one system call per few thousand entries ({@code BPF_MAP_LOOKUP_BATCH}, 5.6+). Entries that are added or
 * removed meanwhile may or may not be seen. Keeps its buffers; not for two threads at once.
 */
public final class BatchReader {
    /** Receives one entry; the memory holds it at {@code offset} and is reused after the call. */
    @FunctionalInterface
    public interface Entry {
        void read(long key, long[] values, int at);
    }

    private static final int FIRST_BATCH = 1024;

    private final BpfMap map;
    private int batch = FIRST_BATCH;
    private ByteBuffer keys;
    private ByteBuffer values;
    private LongBuffer words;
    private long[] read;

    /**
     * @param map a hash map with keys of 8 bytes
     */
    public BatchReader(BpfMap map) {
        if (map.keySize() != Long.BYTES || map.valueSize() % Long.BYTES != 0) {
            throw new IllegalArgumentException(
                    "keys of %d bytes, values of %d".formatted(map.keySize(), map.valueSize()));
        }
        this.map = map;
        keys = BpfMap.buffer(batch * Long.BYTES);
        values = BpfMap.buffer(batch * map.valueSize());
        words = values.asLongBuffer();
        read = new long[words.capacity()];
    }

    /**
     * @throws RstatException if the kernel refuses
     */
    public void read(Entry entry) {
        LibBpf bpf = Native.bpf();
        ByteBuffer from = BpfMap.buffer(Integer.BYTES);
        ByteBuffer next = BpfMap.buffer(Integer.BYTES);
        IntByReference count = new IntByReference();
        boolean first = true;
        while (true) {
            count = new IntByReference(batch);
            int error = bpf.bpf_map_lookup_batch(map.fd(), first ? null : from, next, keys, values, count, null);
            if (error == -Errno.ENOSPC) {
                // One hash bucket holds more entries than the batch does; nothing was consumed.
                grow();
                continue;
            }
            if (error < 0 && error != -Errno.ENOENT) {
                throw new RstatException("cannot read a map in batches: " + Native.describe(error));
            }
            int size = map.valueSize() / Long.BYTES;
            words.get(0, read, 0, count.intValue() * size);
            for (int i = 0; i < count.intValue(); i++) {
                entry.read(keys.getLong(i * Long.BYTES), read, i * size);
            }
            if (error == -Errno.ENOENT) {
                return;
            }
            from.putInt(0, next.getInt(0));
            first = false;
        }
    }

    private void grow() {
        batch = Math.multiplyExact(batch, 2);
        keys = BpfMap.buffer(Math.multiplyExact(batch, Long.BYTES));
        values = BpfMap.buffer(Math.multiplyExact(batch, map.valueSize()));
        words = values.asLongBuffer();
        read = new long[words.capacity()];
    }
}
