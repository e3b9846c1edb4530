// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.KernelFiles;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes and removes the files below {@code cgroups/}, as the service's user, whose that directory is; root does it acting as that. Holds
 * the program that each collector's files are made from. Not for two threads at once, but works with several itself.
 */
final class StatsTree implements AutoCloseable {
    private final PinRoot root;
    private final ServiceThreads threads;
    private final Set<Path> foreign = new ConcurrentSkipListSet<>();

    /** Cgroups whose files are there: their ids by their paths. */
    private final Map<String, Long> complete = new ConcurrentHashMap<>();

    private StatsPaths paths;
    private final SortedMap<String, Maker> makers = new TreeMap<>();

    /** Of the files in each directory. */
    private List<byte[]> names = List.of();

    /** Instead of a cgroup's id: what somebody else pinned is left where it is. */
    static final long FOREIGN = -1;

    static final long DEAD = 0;
    private static final String CGROUP_ID = "cgroup_id ";

    /** What makes a collector's files. {@code pin}: the inode of the program's pin, which a loader that replaces it changes. */
    private record Maker(FileDescriptor program, BpfLink.Order order, long pin) {}

    /** A cgroup, or what was one, and where its files are by. */
    record Named(long id, String path) {}

    /** A file in the tree. {@code cgroup}: the one whose directory it is in, null if that is none's. */
    private record Found(Path file, @Nullable Cgroup cgroup) {}

    /** What became of a request for a cgroup's files. */
    enum Outcome {
        MADE,
        /** There is no such cgroup, or not yet: the kernel tells of a cgroup shortly before it can be found. */
        NO_CGROUP,
        /** A name in its path cannot be a file's. */
        NO_NAME
    }

    /**
     * @throws RstatException if nothing is loaded there
     */
    StatsTree(PinRoot root) {
        if (!root.isMounted() || root.loaded().isEmpty()) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(root.path()));
        }
        this.root = root;
        this.threads = new ServiceThreads(root, "files-agent");
        this.paths = StatsPaths.of(root);
        refresh();
    }

    /**
     * Follows a loader that adds, replaces or removes collectors.
     *
     * @return whether one had
     */
    boolean refresh() {
        Map<String, Long> pins = new HashMap<>();
        for (String collector : root.loaded()) {
            Path pin = root.collector(collector).resolve("file");
            try {
                pins.put(collector, (Long) Files.getAttribute(pin, "unix:ino"));
            } catch (IOException replaced) {
                // Between two renames of the loader: the next look finds it.
            }
        }
        boolean changed = makers.entrySet().removeIf(entry -> {
            boolean stale = !Long.valueOf(entry.getValue().pin()).equals(pins.get(entry.getKey()));
            if (stale) {
                entry.getValue().program().close();
            }
            return stale;
        });
        for (Map.Entry<String, Long> pin : pins.entrySet()) {
            if (!makers.containsKey(pin.getKey())) {
                makers.put(pin.getKey(), maker(root.collector(pin.getKey()), pin.getValue()));
                changed = true;
            }
        }
        if (changed) {
            paths = StatsPaths.of(root);
            names = makers.keySet().stream().map(KernelFiles::name).toList();
        }
        return changed;
    }

    private static Maker maker(Path collector, long pin) {
        FlushMode mode;
        try (BpfMap record = new BpfMap(Pin.getReadOnly(collector.resolve("record")))) {
            mode = CollectorRecord.of(record).mode();
        }
        return new Maker(Pin.getReadOnly(collector.resolve("file")), StatsFiles.order(mode), pin);
    }

    /** How many files each cgroup has. */
    int collectors() {
        return makers.size();
    }

    /**
     * Makes the files of cgroups that are new or have them already.
     *
     * @return in the same order what became of each
     */
    List<Outcome> make(List<Named> cgroups) {
        Map<Named, Outcome> outcomes = new ConcurrentHashMap<>();
        threads.forEach(cgroups, cgroup -> outcomes.put(cgroup, make(cgroup.id(), cgroup.path())));
        return cgroups.stream().map(outcomes::get).toList();
    }

    /**
     * Makes those of one.
     *
     * @param id the cgroup's; what another had under its path goes
     */
    Outcome make(long id, String cgroup) {
        Optional<Path> directory = paths.possible(cgroup);
        if (directory.isEmpty()) {
            return Outcome.NO_NAME;
        }
        boolean directoryThere = false;
        for (Map.Entry<String, Maker> maker : makers.entrySet()) {
            try (BpfLink link = BpfLink.cgroupIteratorOf(
                    maker.getValue().program().number(), id, maker.getValue().order())) {
                if (link == null) {
                    return Outcome.NO_CGROUP;
                }
                if (!directoryThere) {
                    makeDirectory(directory.get());
                    directoryThere = true;
                }
                pin(link, id, directory.get().resolve(maker.getKey()));
            }
        }
        complete.put(cgroup, id);
        return Outcome.MADE;
    }

    private void pin(BpfLink link, long id, Path file) {
        if (!Pin.pinIfAbsent(link.fd(), file)) {
            long other = cgroupOf(file);
            if (other == id) {
                return;
            }
            if (other == FOREIGN) {
                foreign.add(file);
                return;
            }
            // The path is the same, the cgroup is another.
            PinRoot.deleteAll(file);
            Pin.pin(link.fd(), file);
        }
        Pin.permit(file, 0444);
    }

    /**
     * Which cgroup a file is about, which it prints: the kernel lets only root ask a link for it. {@link #DEAD} if its cgroup was removed:
     * then it prints nothing.
     */
    static long cgroupOf(Path file) {
        try {
            String text = IteratorFile.read(file);
            if (text.isEmpty()) {
                return DEAD;
            }
            return text.lines()
                    .filter(line -> line.startsWith(CGROUP_ID))
                    .mapToLong(line -> Long.parseUnsignedLong(line, CGROUP_ID.length(), line.length(), 10))
                    .findFirst()
                    .orElse(FOREIGN);
        } catch (RstatException | NumberFormatException notOurs) {
            return FOREIGN;
        }
    }

    private void makeDirectory(Path directory) {
        try {
            makeDirectories(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void makeDirectories(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException there) {
            return;
        } catch (NoSuchFileException noParent) {
            makeDirectories(Objects.requireNonNull(directory.getParent()));
            makeDirectories(directory);
            return;
        }
        Pin.permit(directory, 0755);
    }

    /** Whether a cgroup's files were made or found. */
    boolean has(long id, String cgroup) {
        return Long.valueOf(id).equals(complete.get(cgroup));
    }

    /**
     * Removes the files of cgroups that are gone, and of all that were below them: while these files are there, the kernel keeps the
     * cgroup.
     *
     * @param gone in the order in which they went: children first
     */
    void remove(List<Named> gone) {
        List<Path> made = new ArrayList<>();
        List<Path> all = new ArrayList<>();
        for (Named cgroup : gone) {
            Long had = complete.get(cgroup.path());
            if (had != null && had != cgroup.id()) {
                continue; // those of another that was made under its path since
            }
            complete.remove(cgroup.path());
            paths.possible(cgroup.path()).ifPresent(directory -> {
                all.add(directory);
                if (had != null && foreign.isEmpty()) {
                    made.add(directory);
                }
            });
        }
        // A call of the kernel for each file, where a look at all that is there takes ten.
        threads.forEach(made, directory -> Pin.removeAll(directory, names));
        for (Path directory : all) {
            if (!Pin.removeDirectory(directory)) {
                remove(directory);
            }
        }
    }

    private void remove(Path directory) {
        for (Path child : PinRoot.children(directory)) {
            if (PinRoot.isDirectory(child)) {
                remove(child);
            } else if (cgroupOf(child) == FOREIGN) {
                foreign.add(child);
            } else {
                PinRoot.deleteAll(child);
            }
        }
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException foreignThere) {
            // Said by who asks for foreign().
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** What was found in the tree that is no stats file, or stands where one should be; it is left alone. */
    List<Path> foreign() {
        foreign.removeIf(file -> !Files.exists(file));
        return List.copyOf(foreign);
    }

    /** The files that a cgroup has if its files were made. */
    List<Path> files(String cgroup) {
        Path directory = paths.directory(cgroup);
        return makers.keySet().stream().map(directory::resolve).toList();
    }

    /**
     * Makes what is missing and removes what belongs to no cgroup, which keeps the kernel from freeing one.
     *
     * @param missing false: removes only
     * @param progress receives a line for what cannot have files
     * @return how many files there are now
     */
    int sync(CgroupMount mount, boolean missing, Consumer<String> progress) {
        List<Cgroup> cgroups = CgroupTree.read(mount);
        Map<Path, Cgroup> expected = new HashMap<>();
        List<String> unnamed = new ArrayList<>();
        for (Cgroup cgroup : cgroups) {
            paths.possible(cgroup.path())
                    .ifPresentOrElse(directory -> expected.put(directory, cgroup), () -> unnamed.add(cgroup.path()));
        }
        prune(root.cgroups(), expected);
        complete.clear();
        threads.forEach(cgroups, cgroup -> {
            if (isComplete(cgroup.path())) {
                complete.put(cgroup.path(), cgroup.id());
            } else if (missing) {
                make(cgroup.id(), cgroup.path());
            }
        });
        if (!unnamed.isEmpty()) {
            progress.accept("%d cgroups have no files, their names are too long once escaped or not UTF-8: %s"
                    .formatted(unnamed.size(), unnamed.getFirst()));
        }
        if (!foreign().isEmpty()) {
            progress.accept("%d files in the tree are not ours and are left alone: %s"
                    .formatted(foreign().size(), foreign().getFirst()));
        }
        return complete.size() * makers.size();
    }

    private boolean isComplete(String cgroup) {
        return paths.possible(cgroup)
                .filter(directory -> makers.keySet().stream().allMatch(name -> Files.exists(directory.resolve(name))))
                .isPresent();
    }

    private void prune(Path directory, Map<Path, Cgroup> expected) {
        List<Found> files = new ArrayList<>();
        find(directory, expected, files);
        // Each is read, which the kernel flushes for.
        threads.forEach(files, this::prune);
    }

    private void find(Path directory, Map<Path, Cgroup> expected, List<Found> files) {
        @Nullable Cgroup cgroup = expected.get(directory);
        for (Path child : PinRoot.children(directory)) {
            if (!PinRoot.isDirectory(child)) {
                files.add(new Found(child, cgroup));
            } else if (expected.containsKey(child)) {
                find(child, expected, files);
            } else {
                remove(child);
            }
        }
    }

    private void prune(Found found) {
        Path file = found.file();
        Cgroup cgroup = found.cgroup();
        long id = cgroupOf(file);
        if (id == FOREIGN) {
            foreign.add(file);
        } else if (cgroup == null
                || id != cgroup.id()
                || !makers.containsKey(file.getFileName().toString())) {
            PinRoot.deleteAll(file);
        }
    }

    @Override
    public void close() {
        threads.close();
        makers.values().forEach(maker -> maker.program().close());
        makers.clear();
    }
}
