// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.nio.file.Path;
import jnr.ffi.Pointer;

/** Pinned BPF objects: names in bpffs for maps, programs and links. */
public final class Pin {
    /** {@code BPF_F_RDONLY}: enough for lookups, and for all a link or program can do. */
    private static final int READ_ONLY = 1 << 3;

    private static final int OPTIONS_SIZE = 16;
    private static final long FILE_FLAGS = 8;

    private Pin() {}

    /**
     * @throws RstatException if the name is taken or the path is not on a bpffs
     */
    public static void pin(int fd, Path path) {
        int error = Native.bpf().bpf_obj_pin(fd, path.toString());
        if (error < 0) {
            throw new RstatException("cannot pin %s: %s%s"
                    .formatted(
                            path,
                            Native.describe(error),
                            error == -Errno.EDQUOT
                                    ? "; remove files of yours, or ask root for more: rstat load --files-quota N"
                                    : ""));
        }
    }

    /** False if the name is taken. */
    public static boolean pinIfAbsent(int fd, Path path) {
        int error = Native.bpf().bpf_obj_pin(fd, path.toString());
        if (error < 0 && error != -Errno.EEXIST) {
            throw new RstatException("cannot pin %s: %s".formatted(path, Native.describe(error)));
        }
        return error >= 0;
    }

    /**
     * Removes pins of one directory without a look at any: what is not there is no matter, and a directory among them is left.
     *
     * @param names as {@link KernelFiles#name} has them
     */
    public static void removeAll(Path directory, Iterable<byte[]> names) {
        LibC c = Native.c();
        int opened = c.open(Native.bytes(directory), LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC);
        if (opened < 0) {
            allow(directory, Errno.ENOTDIR);
            return;
        }
        try (FileDescriptor within = new FileDescriptor(opened)) {
            for (byte[] name : names) {
                if (c.unlinkat(within.number(), name, 0) < 0) {
                    allow(directory, Errno.EISDIR);
                }
            }
        }
    }

    /** False if there is something in it; where there is none, it is removed. */
    public static boolean removeDirectory(Path directory) {
        if (Native.c().rmdir(Native.bytes(directory)) < 0) {
            int error = Native.errno();
            allow(directory, Errno.ENOTEMPTY);
            return error == Errno.ENOENT;
        }
        return true;
    }

    /**
     * @throws RstatException if the last call failed otherwise than because nothing is there, or as it may
     */
    private static void allow(Path directory, int may) {
        int error = Native.errno();
        if (error != Errno.ENOENT && error != may) {
            throw new RstatException("cannot remove what is in %s: %s".formatted(directory, Native.describe(error)));
        }
    }

    /**
     * Sets the mode of a pin or a directory; in one call, where Java needs several.
     *
     * @param mode as chmod(2) has it
     */
    public static void permit(Path path, int mode) {
        if (Native.c().chmod(Native.bytes(path), mode) < 0) {
            throw new RstatException("cannot set the mode of %s: %s".formatted(path, Native.describe(Native.errno())));
        }
    }

    /**
     * @throws RstatException if nothing is pinned there or this user may not open it
     */
    public static FileDescriptor get(Path path) {
        return get(path, 0);
    }

    /** The same for those who may only read. */
    public static FileDescriptor getReadOnly(Path path) {
        return get(path, READ_ONLY);
    }

    private static FileDescriptor get(Path path, int flags) {
        Pointer options = Native.options(OPTIONS_SIZE);
        options.putInt(FILE_FLAGS, flags);
        int fd = Native.bpf().bpf_obj_get_opts(path.toString(), options);
        if (fd < 0) {
            throw new RstatException("cannot open %s: %s%s"
                    .formatted(
                            path,
                            Native.describe(fd),
                            fd == -Errno.EACCES
                                    ? "; only root and the service's group may: put sudo before the command"
                                    : ""));
        }
        return new FileDescriptor(fd);
    }
}
