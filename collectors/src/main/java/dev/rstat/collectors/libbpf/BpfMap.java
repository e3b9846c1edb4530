// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.byref.IntByReference;

/** A map by its file descriptor: what readers and the loader do with one. */
public final class BpfMap implements AutoCloseable {
    /** Enough of {@code struct bpf_map_info}: type, id, key_size, value_size, max_entries. */
    private static final int INFORMATION_SIZE = 20;

    private final FileDescriptor fd;
    private final int keySize;
    private final int valueSize;
    private final int maxEntries;

    public BpfMap(FileDescriptor fd) {
        Pointer information = Memory.allocateDirect(Runtime.getSystemRuntime(), INFORMATION_SIZE, true);
        int error = Native.bpf().bpf_obj_get_info_by_fd(fd.number(), information, new IntByReference(INFORMATION_SIZE));
        if (error < 0) {
            fd.close();
            throw new RstatException("cannot ask for a map's sizes: " + Native.describe(error));
        }
        this.fd = fd;
        this.keySize = information.getInt(8);
        this.valueSize = information.getInt(12);
        this.maxEntries = information.getInt(16);
    }

    /** A new map with one element, for the loader's own record. */
    public static BpfMap createArray(String name, int valueSize) {
        int fd = Native.bpf().bpf_map_create(2 /* BPF_MAP_TYPE_ARRAY */, name, 4, valueSize, 1, null);
        if (fd < 0) {
            throw new RstatException("cannot make a map of %d bytes: %s".formatted(valueSize, Native.describe(fd)));
        }
        return new BpfMap(new FileDescriptor(fd));
    }

    public int fd() {
        return fd.number();
    }

    public int keySize() {
        return keySize;
    }

    public int valueSize() {
        return valueSize;
    }

    public int maxEntries() {
        return maxEntries;
    }

    /** A direct buffer in the machine's byte order, as map keys and values are. */
    public static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** The value of an array's element. */
    public ByteBuffer element(int index) {
        ByteBuffer value = buffer(valueSize);
        int error = Native.bpf().bpf_map_lookup_elem(fd.number(), buffer(4).putInt(0, index), value);
        if (error < 0) {
            throw new RstatException("cannot read a map: " + Native.describe(error));
        }
        return value;
    }

    /**
     * Looks an element up.
     *
     * @param key as long as the map's keys
     * @param value gets the element's value
     * @return false if there is none
     */
    public boolean lookup(ByteBuffer key, ByteBuffer value) {
        int error = Native.bpf().bpf_map_lookup_elem(fd.number(), key, value);
        if (error < 0 && error != -Errno.ENOENT) {
            throw new RstatException("cannot read a map: " + Native.describe(error));
        }
        return error >= 0;
    }

    /** An array's elements in memory, as the kernel has them. {@code stride}: bytes from one element to the next. */
    public record Mapping(MemorySegment memory, long stride) implements AutoCloseable {
        /** Its words, in the order of the processor. Buffers are read faster than segments where the JVM compiles for a quick start. */
        public LongBuffer words(long offset, long bytes) {
            return memory.asSlice(offset, bytes)
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder())
                    .asLongBuffer();
        }

        @Override
        public void close() {
            Native.c().munmap(Pointer.wrap(Runtime.getSystemRuntime(), memory.address()), memory.byteSize());
        }
    }

    /**
     * Maps an array, for reading. What is seen in it may change with every look.
     *
     * @throws RstatException if it was not made for that
     */
    @SuppressWarnings("restricted") // of as many bytes as were mapped
    public Mapping map() {
        long stride = (valueSize + 7L) & -8L;
        long size = stride * maxEntries;
        Pointer address = Native.c().mmap(null, size, LibC.PROT_READ, LibC.MAP_SHARED, fd.number(), 0);
        if (address.address() == -1) {
            throw new RstatException("cannot map a map: " + Native.describe(Native.errno()));
        }
        return new Mapping(MemorySegment.ofAddress(address.address()).reinterpret(size), stride);
    }

    /**
     * @throws RstatException if the map is full
     */
    public void put(ByteBuffer key, ByteBuffer value) {
        int error = Native.bpf().bpf_map_update_elem(fd.number(), key, value, 0);
        if (error < 0) {
            throw new RstatException("cannot write a map: " + Native.describe(error));
        }
    }

    /**
     * Adds an element unless there is one.
     *
     * @return false if the map is full
     */
    public boolean putIfAbsent(ByteBuffer key, ByteBuffer value) {
        int error = Native.bpf().bpf_map_update_elem(fd.number(), key, value, 1 /* BPF_NOEXIST */);
        if (error < 0 && error != -Errno.EEXIST && error != -Errno.E2BIG) {
            throw new RstatException("cannot write a map: " + Native.describe(error));
        }
        return error != -Errno.E2BIG;
    }

    /** False if there was no such element. */
    public boolean remove(ByteBuffer key) {
        int error = Native.bpf().bpf_map_delete_elem(fd.number(), key);
        if (error < 0 && error != -Errno.ENOENT) {
            throw new RstatException("cannot write a map: " + Native.describe(error));
        }
        return error >= 0;
    }

    /** The keys of a small map that nobody else changes. */
    public List<ByteBuffer> keys() {
        List<ByteBuffer> keys = new ArrayList<>();
        ByteBuffer last = null;
        while (true) {
            ByteBuffer next = buffer(keySize);
            int error = Native.bpf().bpf_map_get_next_key(fd.number(), last, next);
            if (error == -Errno.ENOENT) {
                return keys;
            }
            if (error < 0) {
                throw new RstatException("cannot read a map: " + Native.describe(error));
            }
            keys.add(next);
            last = next;
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
