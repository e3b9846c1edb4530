// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads small files that the kernel makes up when they are read, and that may go at any moment: what is gone, was never there or is not
 * for this user is {@link #ABSENT}, and no error. Keeps its buffers; not for two threads at once.
 *
 * <p>Descriptors are bare numbers here: ten thousand cgroups have a hundred thousand of these files.
 */
public final class KernelFiles {
    /** Instead of a descriptor or a length. */
    public static final int ABSENT = -1;

    /** The same on every architecture this project runs on. */
    private static final int RLIMIT_NOFILE = 7;

    private static final byte[] HERE = name(".");
    private static final int FIRST_CAPACITY = 16 << 10;

    private final LibC c = Native.c();
    private final ByteBuffer look = BpfMap.buffer(Directory.STATX_SIZE);
    private ByteBuffer buffer = BpfMap.buffer(FIRST_CAPACITY);
    private byte[] bytes = new byte[FIRST_CAPACITY];

    /** A name or a path as the C library wants it: its bytes and a zero. */
    public static byte[] name(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** Makes an empty file and removes it, so many times: the calls of the kernel and little else, for measurements. */
    public static int createAndRemove(Path file, int times) {
        LibC c = Native.c();
        byte[] path = Native.bytes(file);
        for (int i = 0; i < times; i++) {
            int fd = c.creat(path, 0600);
            if (fd < 0 || c.close(fd) < 0 || c.unlinkat(fd, path, 0) < 0) {
                throw new RstatException(
                        "cannot make and remove %s: %s".formatted(file, Native.describe(Native.errno())));
            }
        }
        return times;
    }

    /** How many descriptors this process may have. */
    public static long descriptorLimit() {
        ByteBuffer limit = BpfMap.buffer(2 * Long.BYTES);
        if (Native.c().getrlimit(RLIMIT_NOFILE, limit) < 0) {
            throw new RstatException("cannot ask for the limit of open files: " + Native.describe(Native.errno()));
        }
        long soft = limit.getLong(0);
        return soft < 0 ? Long.MAX_VALUE : soft; // RLIM_INFINITY is ~0
    }

    /**
     * Opens a directory that must be the one with an inode number; {@link #ABSENT} if another has its path by now.
     *
     * @throws RstatException if there are no descriptors left
     */
    public int openDirectory(byte[] path, long inode) {
        int directory = found(c.open(path, Directory.FLAGS), "open a cgroup's directory");
        if (directory == ABSENT) {
            return ABSENT;
        }
        if (c.statx(directory, HERE, LibC.AT_SYMLINK_NOFOLLOW, Directory.STATX_NLINK_AND_INO, look) < 0
                || look.getLong(Directory.STX_INO) != inode) {
            close(directory);
            return ABSENT;
        }
        return directory;
    }

    /**
     * @throws RstatException if there are no descriptors left
     */
    public int open(int directory, byte[] name) {
        return found(
                c.openat(directory, name, LibC.O_RDONLY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC), "open a cgroup's file");
    }

    public void close(int fd) {
        c.close(fd);
    }

    /**
     * Reads all of a file, from its beginning, into {@link #bytes()}. The kernel makes up the whole text when it is read at 0, so what
     * fits is of one moment.
     *
     * @return the length
     */
    public int read(int fd) {
        while (true) {
            int length = found((int) c.pread(fd, buffer, buffer.capacity(), 0), "read a cgroup's file");
            if (length == ABSENT) {
                return ABSENT;
            }
            if (length < buffer.capacity()) {
                buffer.get(0, bytes, 0, length);
                return length;
            }
            int capacity = Math.multiplyExact(buffer.capacity(), 2);
            buffer = BpfMap.buffer(capacity);
            bytes = new byte[capacity];
        }
    }

    /** What was read last. */
    public byte[] bytes() {
        return bytes;
    }

    private static int found(int result, String what) {
        if (result >= 0) {
            return result;
        }
        int error = Native.errno();
        return switch (error) {
            // ENODEV: the file's cgroup or controller has gone. EOPNOTSUPP: pressure where it is switched off.
            case Errno.ENOENT, Errno.ENOTDIR, Errno.ENODEV, Errno.EOPNOTSUPP, Errno.EACCES -> ABSENT;
            case Errno.EMFILE ->
                throw new RstatException(
                        "cannot %s: %s; raise the limit of open files (LimitNOFILE=) or keep fewer with --cgroupfs.max-open-files"
                                .formatted(what, Native.describe(error)));
            default -> throw new RstatException("cannot %s: %s".formatted(what, Native.describe(error)));
        };
    }
}
