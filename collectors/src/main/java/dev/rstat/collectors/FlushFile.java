// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The pinned iterator that flushes a collector and prints nothing. Three system calls and no more: in rstat mode the flush itself may take
 * less time than a stream of Java's takes to open. Not for two threads at once.
 */
final class FlushFile {
    private final Path file;
    private final byte[] path;
    private final ByteBuffer nothing = BpfMap.buffer(1);

    FlushFile(Path file) {
        this.file = file;
        this.path = Native.bytes(file);
    }

    /**
     * @throws RstatException if it cannot be opened or read
     */
    void read() {
        int opened = Native.c().open(path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (opened < 0) {
            throw failure();
        }
        try (FileDescriptor descriptor = new FileDescriptor(opened)) {
            if (Native.c().read(descriptor.number(), nothing, 1) < 0) {
                throw failure();
            }
        }
    }

    private RstatException failure() {
        return new RstatException("cannot read %s: %s".formatted(file, Native.describe(Native.errno())));
    }
}
