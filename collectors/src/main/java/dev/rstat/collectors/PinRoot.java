// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The bpffs mount that is the boundary between loader and service, and what is where in it.
 *
 * <pre>
 *   collectors/NAME/    0750  what one loaded collector is made of
 *     record            0440  the loader's record: format, mode, the object's hash, its BTF
 *     state             0440  what the service reads: this, and the totals of the result store
 *     totals totals_local  0440
 *     totals_array      0660  frozen: to map it one must be allowed to write, and nobody can
 *     percpu cells pending_array slots free_slots  0400
 *     flush             0440  an iterator: reading it flushes
 *     file              0440  the program from which stats files are made
 *     links/PROGRAM     0400  what keeps the programs attached
 *   programs            0440  run statistics of the programs
 *   refused/NAME        0440  why a collector that was to be loaded is off
 *   lifecycle/          0750  what tells the files agent of cgroups that come and go
 *     created           0440  when those were made that are there
 *     events            0660  a ring buffer: who reads it writes how far it has come
 *     lifecycle         0440  whether events were dropped
 *     links/PROGRAM     0400
 *   self/NAME           0444  the stats of whoever reads it
 *   self/ancestors/NAME 0444  those of its cgroup and all above
 *   cgroups/PATH/NAME   0444  the stats of one cgroup; directories are the service user's
 *   policy/             who may do what with the programs that files are made from
 *     grants            0444
 *     files counted     0400  how many files users have made
 *     links/PROGRAM     0400  where the kernel has BPF LSM and something is delegated
 *   delegated/MODE/NAME 0440  the program `file` for a group that may make files of its own; how to attach it depends on
 *                             the flush mode: SELF_ONLY (rstat), DESCENDANTS_POST (walk)
 *   users/UID/...       0400  those files; users/ is that group's to write, with the sticky bit
 *   lock/               0700  held by who changes any of this
 * </pre>
 *
 * A mount of our own, since distributions keep {@code /sys/fs/bpf} at 0700, where no unprivileged reader gets in.
 */
final class PinRoot {
    private static final long BPF_FS_MAGIC = 0xcafe4a11L;
    private static final int STATFS_SIZE = 120;

    /** What the mount table calls the source of a mount that is ours. */
    private static final String SOURCE = "rstat";

    private static final String STAGING = "loading-";
    private static final String LOCK = "lock";

    /** No collector is called so: it stands beside theirs. */
    static final String ANCESTORS = "ancestors";

    private final Path path;

    PinRoot(Path path) {
        this.path = path.toAbsolutePath().normalize();
    }

    Path path() {
        return path;
    }

    Path collectors() {
        return path.resolve("collectors");
    }

    Path collector(String name) {
        return collectors().resolve(name);
    }

    /** Where a collector is put together before it takes its place. */
    Path staging(String name) {
        return path.resolve(STAGING + name);
    }

    Path programs() {
        return path.resolve("programs");
    }

    Path refused() {
        return path.resolve("refused");
    }

    Path self() {
        return path.resolve("self");
    }

    Path ancestors() {
        return self().resolve(ANCESTORS);
    }

    Path cgroups() {
        return path.resolve("cgroups");
    }

    Path lifecycle() {
        return path.resolve("lifecycle");
    }

    Path policy() {
        return path.resolve("policy");
    }

    Path delegated() {
        return path.resolve("delegated");
    }

    Path users() {
        return path.resolve("users");
    }

    /** Where the service's socket is, which a bpffs cannot hold: beside the mount, the service user's. */
    Path sockets() {
        return path.resolveSibling(path.getFileName() + "-files");
    }

    /** The names of the collectors that are loaded, sorted. */
    List<String> loaded() {
        return children(collectors()).stream()
                .map(child -> child.getFileName().toString())
                .sorted()
                .toList();
    }

    boolean isMounted() {
        return Files.isDirectory(path) && isBpffs();
    }

    private boolean isBpffs() {
        ByteBuffer result = BpfMap.buffer(STATFS_SIZE);
        return Native.c().statfs(path.toString(), result) == 0 && result.getLong(0) == BPF_FS_MAGIC;
    }

    /**
     * Makes the mount unless it is there.
     *
     * @throws RstatException if something else is in the way
     */
    void mount() {
        if (isMounted()) {
            return;
        }
        try {
            if (Files.exists(path) && !(Files.isDirectory(path) && isEmpty(path))) {
                throw new RstatException(
                        "the pin root %s is on %s, not on bpffs, and not empty; name another with --pin-root"
                                .formatted(path, Files.getFileStore(path).type()));
            }
            if (!Files.exists(path)) {
                Files.createDirectories(Objects.requireNonNull(path.getParent()));
                // For root alone, so that nobody else can lock it. What is mounted there has a mode of its own.
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (FileAlreadyExistsException anotherLoader) {
            // It is as good.
        } catch (IOException failure) {
            throw new RstatException("cannot make the pin root %s: %s".formatted(path, failure), failure);
        }
        // The lock is on the directory below: who waited for it finds the mount of who came first.
        try (FileDescriptor lock = lock(path)) {
            lock.number();
            if (!isMounted() && Native.c().mount(SOURCE, path.toString(), "bpf", 0, "mode=0755") < 0) {
                int error = Native.errno();
                throw new RstatException(
                        "cannot mount a bpffs at %s: %s; needed are root and a kernel with CONFIG_BPF_SYSCALL"
                                .formatted(path, Native.describe(error)));
            }
        }
    }

    /** Takes all of this project's pins away: programs detach, maps are freed. Somebody else's stay. */
    void clear() {
        // Without these the files agent makes no more files.
        List.of(collectors(), lifecycle(), self(), programs(), refused(), policy(), delegated())
                .forEach(PinRoot::deleteAll);
        children(path).stream().filter(PinRoot::isStaging).forEach(PinRoot::deleteAll);
        new SharedDirectories(this).remove();
    }

    /** A loader that was killed leaves what it was putting together. */
    static boolean isStaging(Path child) {
        return child.getFileName().toString().startsWith(STAGING);
    }

    /**
     * Takes the mount away if {@link #mount} made it and nothing is left in it.
     *
     * @return false if somebody still looks at it, a shell that stands in it say
     */
    boolean unmount() {
        // Kernels with CONFIG_BPF_PRELOAD put maps.debug and progs.debug into every bpffs.
        // The lock goes with the mount: who waits for it keeps the mount, and goes on in it.
        if (!isOurMount()
                || !children(path).stream()
                        .allMatch(child -> child.toString().endsWith(".debug") || child.equals(path.resolve(LOCK)))) {
            return true;
        }
        if (Native.c().umount2(path.toString(), 0) < 0) {
            return false;
        }
        try {
            Files.deleteIfExists(path);
        } catch (FileSystemException notOurs) {
            // Something was under the mount before we came, or a container has the directory from its host.
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return true;
    }

    private boolean isOurMount() {
        return MountTable.read().stream()
                .anyMatch(mount -> mount.point().equals(path.toString())
                        && mount.type().equals("bpf")
                        && mount.source().equals(SOURCE));
    }

    /**
     * One loader at a time: held until closed. Waits. On a directory that only root can open: whoever can open what is locked can lock it
     * for as long as he likes.
     *
     * @throws RstatException if nothing is mounted
     */
    FileDescriptor lock() {
        if (!isMounted()) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(path));
        }
        Path lock = path.resolve(LOCK);
        directory(lock, "rwx------");
        return lock(lock);
    }

    private static FileDescriptor lock(Path directory) {
        LibC c = Native.c();
        int fd = c.open(Native.bytes(directory), LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        if (fd < 0 || c.flock(fd, LibC.LOCK_EX) < 0) {
            throw new RstatException("cannot lock %s: %s".formatted(directory, Native.describe(Native.errno())));
        }
        return new FileDescriptor(fd);
    }

    /** Null if somebody else holds it. */
    static @Nullable FileDescriptor tryLock(Path directory) {
        LibC c = Native.c();
        int fd = c.open(Native.bytes(directory), LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        if (fd < 0) {
            throw new RstatException("cannot open %s: %s".formatted(directory, Native.describe(Native.errno())));
        }
        FileDescriptor lock = new FileDescriptor(fd);
        if (c.flock(fd, LibC.LOCK_EX | LibC.LOCK_NB) < 0) {
            lock.close();
            return null;
        }
        return lock;
    }

    /** One change of the policy at a time, those of a loader that holds the other lock included. Waits. */
    FileDescriptor lockPolicy() {
        return lock(policy());
    }

    /** Makes a directory, and its parents, that everybody may enter. */
    static void directory(Path directory) {
        directory(directory, "rwxr-xr-x");
    }

    static void directory(Path directory, String permissions) {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Who may do what with a pin: root owns it. */
    static void permit(Path pin, String permissions, int group) {
        try {
            Files.setAttribute(pin, "unix:gid", group);
            Files.setPosixFilePermissions(pin, PosixFilePermissions.fromString(permissions));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Whether {@link #permit} gave a pin to this group. */
    boolean isReadableBy(Path pin, int group) {
        try {
            return (int) Files.getAttribute(pin, "unix:gid") == group;
        } catch (IOException gone) {
            return false;
        }
    }

    /** The group that may make files of its own. */
    Optional<Integer> delegatedTo() {
        try {
            return Optional.of((Integer) Files.getAttribute(delegated(), "unix:gid"));
        } catch (IOException nobody) {
            return Optional.empty();
        }
    }

    /** Whether somebody is in that group. */
    boolean isDelegatedTo(Asker asker) {
        return delegatedTo()
                .filter(gid -> asker.gids().contains(Integer.toUnsignedLong(gid)))
                .isPresent();
    }

    /** Whom the service runs as: the directory of its files is that user's. */
    long serviceUid() {
        try {
            return Integer.toUnsignedLong((int) Files.getAttribute(cgroups(), "unix:uid"));
        } catch (IOException failure) {
            throw new RstatException("cannot look at %s: %s".formatted(cgroups(), failure.getMessage()), failure);
        }
    }

    /** What is in a directory; nothing if there is no such directory. */
    static List<Path> children(Path directory) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(children::add);
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failure) {
            throw new RstatException("cannot list %s: %s".formatted(directory, failure), failure);
        }
        return children;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    /** A link to one is none. */
    static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes a pin, or a directory with all that is in it. */
    static void deleteAll(Path top) {
        if (isDirectory(top)) {
            children(top).forEach(PinRoot::deleteAll);
        }
        delete(top);
    }

    /** Removes one pin, or a directory that is empty. */
    static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
