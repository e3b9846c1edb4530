// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.Directory;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stats files that a user makes for cgroups of its own, with no service and no privilege: whoever the delegated programs are readable for
 * attaches them and pins the links below {@code users/UID}. They show the cgroups that the user owns (bpf/visible.h), and are readable for
 * the user alone until it says otherwise (chmod).
 */
public final class UserFiles {
    private static final Pattern NAME = Pattern.compile("[^./][^./]*");
    private static final Path UID_MAP = Path.of("/proc/self/uid_map");

    private UserFiles() {}

    /**
     * Makes a file per delegated collector.
     *
     * @param cgroup as in /proc/PID/cgroup
     * @param name of the directory they are in; null: the cgroup's id
     * @return that directory
     * @throws RstatException with cause and cure
     */
    public static Path make(Path pinRoot, String cgroup, @Nullable String name) {
        PinRoot root = new PinRoot(pinRoot);
        if (name != null) {
            checkName(name);
        }
        if (!Files.isDirectory(root.delegated())) {
            throw new RstatException(
                    "nothing is delegated at %s: ask root to load with --files-group GROUP and to put you into that group"
                            .formatted(root.path()));
        }
        // Refuses what leaves the tree.
        StatsPaths.of(root).directory(cgroup);
        try (Directory start = Directory.open(CgroupMount.find().path().resolve("." + cgroup))) {
            Path user = directory(root);
            Path directory = user.resolve(name == null ? Long.toString(start.inode()) : name);
            makeDirectories(user, directory);
            for (FlushMode mode : FlushMode.values()) {
                for (Path program : PinRoot.children(root.delegated().resolve(mode.label()))) {
                    make(program, mode, start, directory.resolve(program.getFileName()));
                }
            }
            return directory;
        }
    }

    private static void make(Path program, FlushMode mode, Directory start, Path file) {
        try (FileDescriptor opened = Pin.getReadOnly(program);
                BpfLink link = BpfLink.cgroupIterator(opened.number(), start.fd(), StatsFiles.order(mode))) {
            PinRoot.deleteAll(file);
            Pin.pin(link.fd(), file);
        }
        Pin.permit(file, 0400);
    }

    private static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new RstatException("`%s` cannot be a directory's name there: bpffs takes no dots".formatted(name));
        }
    }

    /**
     * Removes what {@link #make} made.
     *
     * @return whether there was any
     */
    public static boolean remove(Path pinRoot, String name) {
        checkName(name);
        Path directory = directory(new PinRoot(pinRoot)).resolve(name);
        boolean there = Files.isDirectory(directory);
        PinRoot.deleteAll(directory);
        return there;
    }

    private static Path directory(PinRoot root) {
        return root.users().resolve(Integer.toString(uid()));
    }

    private static void makeDirectories(Path user, Path directory) {
        try {
            try {
                Files.createDirectory(user);
                Pin.permit(user, 0755);
            } catch (FileAlreadyExistsException there) {
                if (!Files.isWritable(user)) {
                    throw new RstatException(
                            "%s is somebody else's; root removes it: rstat files sync".formatted(user));
                }
            }
            Files.createDirectories(directory);
            Pin.permit(directory, 0755);
        } catch (IOException failure) {
            throw new RstatException(
                    "cannot make %s: %s; only members of the group that files are delegated to may"
                            .formatted(directory, failure.getMessage()),
                    failure);
        }
    }

    /** As the kernel has it: in a user namespace, as rootless containers' tools run in, the user seems to be another, root mostly. */
    private static int uid() {
        try {
            long inside = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            for (String line : Files.readAllLines(UID_MAP)) {
                // The first inside, the first outside, how many
                String[] fields = line.strip().split(" +", -1);
                long first = Long.parseLong(fields[0]);
                if (inside >= first && inside < first + Long.parseLong(fields[2])) {
                    return Math.toIntExact(Long.parseLong(fields[1]) + inside - first);
                }
            }
            throw new RstatException("user %d is nobody outside this user namespace".formatted(inside));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Removes files of cgroups that are gone, which keep those from being freed, and directories that are not named for their owner. */
    static void prune(PinRoot root, Consumer<String> progress) {
        int removed = 0;
        for (Path user : PinRoot.children(root.users())) {
            boolean squatted = !isOwners(user);
            try (ActingAs _ = ActingAs.ownerOf(user)) {
                for (Path child : PinRoot.children(user)) {
                    removed += squatted ? 1 : pruneBelow(child);
                    if (squatted) {
                        PinRoot.deleteAll(child);
                    }
                }
            }
            if (squatted) {
                PinRoot.delete(user);
            }
        }
        if (removed > 0) {
            progress.accept("removed %d files of users' cgroups that are gone".formatted(removed));
        }
    }

    private static boolean isOwners(Path directory) {
        try {
            return directory.getFileName().toString().equals(Integer.toString((int)
                    Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS)));
        } catch (IOException gone) {
            return true;
        }
    }

    private static int pruneBelow(Path path) {
        if (PinRoot.isDirectory(path)) {
            int removed = 0;
            for (Path child : PinRoot.children(path)) {
                removed += pruneBelow(child);
            }
            if (removed > 0 && PinRoot.children(path).isEmpty()) {
                PinRoot.deleteAll(path);
            }
            return removed;
        }
        // What else a user pins is its own.
        if (StatsTree.cgroupOf(path) == StatsTree.FOREIGN
                || !IteratorFile.read(path).isEmpty()) {
            return 0;
        }
        PinRoot.deleteAll(path);
        return 1;
    }
}
