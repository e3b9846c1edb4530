// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

/** An open file descriptor that somebody must close. */
public final class FileDescriptor implements AutoCloseable {
    private final boolean owned;
    private int fd;

    public FileDescriptor(int fd) {
        this(fd, true);
    }

    /**
     * @param owned false if somebody else closes it
     */
    public FileDescriptor(int fd, boolean owned) {
        this.fd = fd;
        this.owned = owned;
    }

    public int number() {
        if (fd < 0) {
            throw new IllegalStateException("closed");
        }
        return fd;
    }

    @Override
    public void close() {
        if (owned && fd >= 0) {
            Native.c().close(fd);
            fd = -1;
        }
    }
}
