// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Directory;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Pin;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The tree of stats files: beside each cgroup's path, one file per collector, which flushes and prints when somebody reads it. They work
 * whether or not the service is alive.
 *
 * <p>bpffs allows no dot in a name, and every systemd unit has one, so {@code .} becomes {@code %2E} and {@code %} becomes {@code %25}. A
 * cgroup that is called like a collector has its first character written that way too, or the collector's file could not stand beside it.
 */
public final class StatsFiles {
    /** The longest name a file system takes, in bytes. */
    private static final int NAME_MAX = 255;

    private StatsFiles() {}

    static BpfLink.Order order(FlushMode mode) {
        return switch (mode) {
            case RSTAT -> BpfLink.Order.SELF_ONLY;
            case WALK -> BpfLink.Order.DESCENDANTS_POST;
        };
    }

    /**
     * Makes files for the cgroups there are and removes those of cgroups that are gone. Needs root.
     *
     * @return how many files there are now
     */
    public static int sync(Path pinRoot, Consumer<String> progress) {
        Loader.requireRoot("making stats files", "rstat files sync");
        PinRoot root = new PinRoot(pinRoot);
        if (!root.isMounted() || root.loaded().isEmpty()) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(pinRoot));
        }
        try (FileDescriptor lock = root.lock()) {
            lock.number();
            return sync(root, CgroupMount.find(), progress);
        }
    }

    /** The same for who holds the lock. */
    static int sync(PinRoot root, CgroupMount mount, Consumer<String> progress) {
        Set<String> collectors = collectors(root);
        List<Cgroup> cgroups = CgroupTree.read(mount);
        Set<Path> expected = new HashSet<>();
        List<String> unnamed = new ArrayList<>();
        int files = 0;
        for (Cgroup cgroup : cgroups) {
            Path directory = directory(root, collectors, cgroup.path());
            if (cgroup.path().indexOf(Directory.NOT_TEXT) >= 0
                    || Stream.of(directory.toString().split("/", -1))
                            .anyMatch(name -> name.getBytes(StandardCharsets.UTF_8).length > NAME_MAX)) {
                unnamed.add(cgroup.path());
                continue;
            }
            expected.add(directory);
        }
        prune(root.cgroups(), expected, collectors);
        for (String collector : root.loaded()) {
            files += sync(root, mount, collector, cgroups, expected, collectors);
        }
        if (!unnamed.isEmpty()) {
            progress.accept("%d cgroups have no files, their names are too long once escaped or not UTF-8: %s"
                    .formatted(unnamed.size(), unnamed.getFirst()));
        }
        return files;
    }

    private static int sync(
            PinRoot root,
            CgroupMount mount,
            String collector,
            List<Cgroup> cgroups,
            Set<Path> expected,
            Set<String> collectors) {
        FlushMode mode;
        try (BpfMap record = new BpfMap(Pin.get(root.collector(collector).resolve("record")))) {
            mode = CollectorRecord.of(record).mode();
        }
        int files = 0;
        try (FileDescriptor program = Pin.get(root.collector(collector).resolve("file"))) {
            for (Cgroup cgroup : cgroups) {
                Path directory = directory(root, collectors, cgroup.path());
                if (expected.contains(directory) && make(program.number(), mount, cgroup, directory, collector, mode)) {
                    files++;
                }
            }
        }
        return files;
    }

    /** False if the cgroup has gone. */
    private static boolean make(
            int program, CgroupMount mount, Cgroup cgroup, Path directory, String collector, FlushMode mode) {
        Path file = directory.resolve(collector);
        if (Files.exists(file)) {
            if (cgroupOf(file) == cgroup.id()) {
                return true;
            }
            // The path is the same, the cgroup is another.
            PinRoot.deleteAll(file);
        }
        Directory start = Directory.openIfPresent(mount.path().resolve("." + cgroup.path()));
        if (start == null) {
            return false;
        }
        try (start;
                BpfLink link = BpfLink.cgroupIterator(program, start.fd(), order(mode))) {
            PinRoot.directory(directory);
            Pin.pin(link.fd(), file);
        }
        PinRoot.permit(file, "r--r--r--", 0);
        return true;
    }

    private static long cgroupOf(Path file) {
        try (FileDescriptor link = Pin.get(file)) {
            return BpfLink.cgroupOf(link);
        }
    }

    /** Removes what belongs to no cgroup: a file keeps its cgroup from being freed. */
    private static void prune(Path directory, Set<Path> expected, Set<String> collectors) {
        for (Path child : PinRoot.children(directory)) {
            if (!Files.isDirectory(child)) {
                if (!collectors.contains(child.getFileName().toString())) {
                    PinRoot.deleteAll(child);
                }
            } else if (expected.contains(child)) {
                prune(child, expected, collectors);
            } else {
                PinRoot.deleteAll(child);
            }
        }
    }

    /** Removes a collector's files, its `self` among them. */
    static void remove(PinRoot root, String collector) {
        PinRoot.deleteAll(root.self().resolve(collector));
        removeBelow(root.cgroups(), collector);
    }

    private static void removeBelow(Path directory, String collector) {
        for (Path child : PinRoot.children(directory)) {
            if (Files.isDirectory(child)) {
                removeBelow(child, collector);
            } else if (child.endsWith(collector)) {
                PinRoot.deleteAll(child);
            }
        }
    }

    /** All stats files there are, those of cgroups and `self`. */
    public static List<Path> list(Path pinRoot) {
        PinRoot root = new PinRoot(pinRoot);
        List<Path> files = new ArrayList<>();
        collect(root.self(), files);
        collect(root.cgroups(), files);
        return files.stream().sorted().toList();
    }

    private static void collect(Path directory, List<Path> files) {
        for (Path child : PinRoot.children(directory)) {
            if (Files.isDirectory(child)) {
                collect(child, files);
            } else {
                files.add(child);
            }
        }
    }

    /**
     * Where the file of a cgroup is, whether or not it exists.
     *
     * @param cgroup as in /proc/PID/cgroup: {@code /} or {@code /a/b}
     */
    public static Path path(Path pinRoot, String cgroup, String collector) {
        PinRoot root = new PinRoot(pinRoot);
        return directory(root, collectors(root), cgroup).resolve(collector);
    }

    /** Names that cgroups' directories must not have. */
    private static Set<String> collectors(PinRoot root) {
        Set<String> names = new TreeSet<>(BuiltIn.collectors());
        names.addAll(root.loaded());
        return names;
    }

    private static Path directory(PinRoot root, Set<String> collectors, String cgroup) {
        Path directory = root.cgroups();
        for (String name : cgroup.split("/", -1)) {
            if (name.equals("..")) {
                throw new RstatException("`%s` is no cgroup's path: it has a `..` in it".formatted(cgroup));
            }
            if (!name.isEmpty()) {
                directory = directory.resolve(escape(name, collectors));
            }
        }
        return directory;
    }

    static String escape(String name, Set<String> collectors) {
        String escaped = name.replace("%", "%25").replace(".", "%2E");
        return collectors.contains(name) ? "%%%02X%s".formatted((int) name.charAt(0), name.substring(1)) : escaped;
    }
}
