// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int32_t;
import jnr.ffi.types.u_int64_t;
import org.jspecify.annotations.Nullable;

/** The functions of the C library that Java has no equal for. Results below zero leave their reason in errno. */
public interface LibC {
    int O_RDONLY = 0;
    int O_DIRECTORY = 0x10000;
    int O_NOFOLLOW = 0x20000;
    int O_CLOEXEC = 0x80000;
    int O_PATH = 0x200000;
    int PROT_READ = 1;
    int MAP_SHARED = 1;
    int AT_SYMLINK_NOFOLLOW = 0x100;
    int LOCK_EX = 2;
    int LOCK_NB = 4;
    int CLOSE_RANGE_CLOEXEC = 4;
    int AF_UNIX = 1;
    int SOCK_DGRAM = 2;
    int SOCK_CLOEXEC = 0x80000;

    /** A {@code struct passwd}, NULL if there is no such user. */
    @Nullable Pointer getpwnam(String name);

    /** A {@code struct group}, NULL if there is no such group. */
    @Nullable Pointer getgrnam(String name);

    @Nullable Pointer getpwuid(@u_int32_t int uid);

    @Nullable Pointer getgrgid(@u_int32_t int gid);

    /** How many groups a user is in, its first among them; below zero if that is more than there is room for. */
    int getgrouplist(String user, @u_int32_t int group, @Out ByteBuffer groups, @In @Out IntByReference count);

    int open(@In byte[] path, int flags);

    int openat(int directory, @In byte[] path, int flags);

    int close(int fd);

    @ssize_t
    long read(int fd, @Out ByteBuffer buffer, @size_t long size);

    int flock(int fd, int operation);

    /** Of this thread alone; tells who it was before. */
    int setfsuid(@u_int32_t int uid);

    int setfsgid(@u_int32_t int gid);

    int creat(@In byte[] path, @u_int32_t int mode);

    int unlinkat(int directory, @In byte[] path, int flags);

    int rmdir(@In byte[] path);

    int chmod(@In byte[] path, @u_int32_t int mode);

    @ssize_t
    long pread(int fd, @Out ByteBuffer bytes, @size_t long size, @off_t long offset);

    /** The time, a {@code struct timespec}. */
    int clock_gettime(int clock, @Out ByteBuffer time);

    int getrlimit(int resource, @Out ByteBuffer limit);

    @ssize_t
    long getdents64(int fd, @Out ByteBuffer entries, @size_t long size);

    int statx(int directory, @In byte[] path, int flags, int mask, @Out ByteBuffer result);

    int statfs(String path, @Out ByteBuffer result);

    int mount(String source, String target, String type, @u_int64_t long flags, String options);

    /** The address -1 where it fails. (With numbers only jnr-ffi 2.3.4 passes a wrong offset.) */
    Pointer mmap(@Nullable Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

    int munmap(Pointer address, @size_t long length);

    int umount2(String target, int flags);

    /** glibc 2.34+. */
    int close_range(@u_int32_t int first, @u_int32_t int last, int flags);

    int socket(int domain, int type, int protocol);

    @ssize_t
    long sendto(
            int socket,
            @In byte[] message,
            @size_t long length,
            int flags,
            @In ByteBuffer address,
            @u_int32_t int addressLength);

    int execve(String path, @In String[] arguments, @In String[] environment);

    int vsnprintf(@Out byte[] buffer, @size_t long size, Pointer format, Pointer arguments);

    @Nullable String strerror(int error);
}
