// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.FileDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The tree of stats files: beside each cgroup's path, one file per collector, which flushes and prints when somebody reads it. They work
 * whether or not the service is alive.
 */
public final class StatsFiles {
    private StatsFiles() {}

    static BpfLink.Order order(FlushMode mode) {
        return switch (mode) {
            case RSTAT -> BpfLink.Order.SELF_ONLY;
            case WALK -> BpfLink.Order.DESCENDANTS_POST;
        };
    }

    /**
     * Makes files for the cgroups there are and removes those of cgroups that are gone, what users made for themselves included. Needs
     * root.
     *
     * @return how many files of the service's there are now
     */
    public static int sync(Path pinRoot, Consumer<String> progress) {
        Loader.requireRoot("making stats files", "rstat files sync");
        PinRoot root = new PinRoot(pinRoot);
        try (FileDescriptor lock = root.lock()) {
            lock.number();
            UserFiles.prune(root, progress);
            return sync(root, CgroupMount.find(), true, progress);
        }
    }

    /** For root, who holds the lock. */
    static int sync(PinRoot root, CgroupMount cgroups, boolean missing, Consumer<String> progress) {
        if (!PinRoot.isDirectory(root.cgroups())) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(root.path()));
        }
        try (ActingAs _ = ActingAs.serviceOf(root);
                StatsTree tree = new StatsTree(root)) {
            return tree.sync(cgroups, missing, progress);
        }
    }

    /** Removes all that a collector has outside its own directory: files, and the programs they are made from. For root. */
    static void remove(PinRoot root, String collector) {
        removeBelow(root.self(), collector);
        removeBelow(root.delegated(), collector);
        if (PinRoot.isDirectory(root.cgroups())) {
            try (ActingAs _ = ActingAs.ownerOf(root.cgroups())) {
                removeBelow(root.cgroups(), collector);
            }
        }
        for (Path user : PinRoot.children(root.users())) {
            try (ActingAs _ = ActingAs.ownerOf(user)) {
                removeBelow(user, collector);
            }
        }
    }

    private static void removeBelow(Path directory, String name) {
        for (Path child : PinRoot.children(directory)) {
            if (PinRoot.isDirectory(child)) {
                removeBelow(child, name);
            } else if (child.getFileName().toString().equals(name)) {
                PinRoot.deleteAll(child);
            }
        }
    }

    /** Where the service answers those who ask for files. */
    public static Path socket(Path pinRoot) {
        return new PinRoot(pinRoot).sockets().resolve("socket");
    }

    /** All stats files there are that this user can find: those of readers, of cgroups, of users. */
    public static List<Path> list(Path pinRoot) {
        PinRoot root = new PinRoot(pinRoot);
        List<Path> files = new ArrayList<>();
        collect(root.self(), files);
        collect(root.cgroups(), files);
        collect(root.users(), files);
        return files.stream().sorted().toList();
    }

    private static void collect(Path directory, List<Path> files) {
        for (Path child : PinRoot.children(directory)) {
            if (!PinRoot.isDirectory(child)) {
                files.add(child);
            } else if (Files.isReadable(child)) {
                collect(child, files);
            }
        }
    }

    /**
     * Where the file of a cgroup is, whether or not it exists.
     *
     * @param cgroup as in /proc/PID/cgroup: {@code /} or {@code /a/b}
     */
    public static Path path(Path pinRoot, String cgroup, String collector) {
        return StatsPaths.of(new PinRoot(pinRoot)).directory(cgroup).resolve(collector);
    }
}
