// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.KernelFiles;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the files that the kernel itself has for each cgroup. Needs neither BPF nor privilege.
 *
 * <p>Files stay open from one reading to the next: reading an open one at its beginning costs a third of finding, opening, reading and
 * closing it. An open file holds no cgroup: one that is removed goes at once, its files then say ENODEV, and the next reading, which
 * misses it in the tree, closes them. What an open file does cost is some 5 KiB of kernel memory, most of it the page that its text
 * was made in, so there is a bound; what is above it is opened anew each time.
 *
 * <pre>{@code
 * CgroupMount mount = CgroupMount.find();
 * try (CgroupfsCollector files = new CgroupfsCollector(mount, CgroupfsCollector.DEFAULT_MAX_DESCRIPTORS)) {
 *     CgroupfsSnapshot snapshot = files.read(CgroupTree.read(mount));
 * }
 * }</pre>
 *
 * <p>Not for two threads at once.
 */
public final class CgroupfsCollector implements AutoCloseable {
    /** What the collector is called beside those of BPF. */
    public static final String NAME = "cgroupfs";

    /** 80 MiB of kernel memory, and enough for 1300 cgroups with all controllers. */
    public static final int DEFAULT_MAX_DESCRIPTORS = 16_384;

    /**
     * A file that a cgroup lacks is looked for again with every so many readings, for a controller may be enabled at any time. Cgroups take
     * turns.
     */
    private static final int READINGS_BETWEEN_LOOKS = 16;

    private static final List<CgroupFile> FILES = List.of(CgroupFile.values());
    private static final int CLOSED = -1;
    private static final int MISSING = -2;

    private final CgroupMount mount;
    private final int maxDescriptors;
    private final BootClock clock = new BootClock();
    private final KernelFiles files = new KernelFiles();
    private final CgroupFileText text = new CgroupFileText();
    private final List<byte[]> names =
            FILES.stream().map(file -> KernelFiles.name(file.toString())).toList();
    private final List<CgroupFileParser> parsers = FILES.stream()
            .map(file -> CgroupFileParser.of(file, CgroupfsTable.TABLE))
            .toList();
    private final Map<Long, Descriptors> cgroups = new HashMap<>();
    private int kept;
    private int reading;

    /** A cgroup's, by file: open, {@link #CLOSED} or {@link #MISSING}. */
    private static final class Descriptors {
        final int[] fds = new int[FILES.size()];
        int lastReading;

        Descriptors() {
            Arrays.fill(fds, CLOSED);
        }
    }

    /**
     * @param maxDescriptors how many files may stay open; 0 to open, read and close each, as a plain reader does. Never more than half of
     *     what the process may have open
     */
    public CgroupfsCollector(CgroupMount mount, int maxDescriptors) {
        if (maxDescriptors < 0) {
            throw new IllegalArgumentException("%d descriptors".formatted(maxDescriptors));
        }
        this.mount = mount;
        this.maxDescriptors = (int) Math.min(maxDescriptors, KernelFiles.descriptorLimit() / 2);
    }

    /**
     * Reads the files of each cgroup. One that has gone since the tree was read has no values, whoever has its path by now; nor has one
     * whose name is not UTF-8.
     *
     * @throws RstatException if the kernel refuses for another reason than that a file is not there
     */
    public CgroupfsSnapshot read(List<Cgroup> tree) {
        return read(tree, StartTimes.unknown(clock.bootNanos(), tree.size()));
    }

    /** The same, of cgroups of which some are known to have been made since. */
    CgroupfsSnapshot read(List<Cgroup> tree, StartTimes starts) {
        long start = System.nanoTime();
        reading++;
        CgroupfsSnapshot.Builder values = new CgroupfsSnapshot.Builder(tree.size());
        Descriptors[] own = new Descriptors[tree.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = cgroups.computeIfAbsent(tree.get(i).id(), id -> new Descriptors());
            own[i].lastReading = reading;
        }
        // First, so that those who came find the room that those who went have left.
        closeGone();
        for (int i = 0; i < own.length; i++) {
            values.next();
            read(tree.get(i), own[i], values);
        }
        return values.build(starts, kept, System.nanoTime() - start);
    }

    private void read(Cgroup cgroup, Descriptors own, CgroupfsSnapshot.Builder values) {
        boolean look = Math.floorMod(reading + cgroup.id(), READINGS_BETWEEN_LOOKS) == 0;
        int directory = KernelFiles.ABSENT;
        try {
            for (int file = 0; file < own.fds.length; file++) {
                int fd = own.fds[file];
                if (fd == MISSING && !look) {
                    continue;
                }
                if (fd >= 0) {
                    if (!read(file, fd, values)) {
                        forget(own, file);
                    }
                    continue;
                }
                if (directory == KernelFiles.ABSENT) {
                    directory = files.openDirectory(KernelFiles.name(mount.path() + cgroup.path()), cgroup.id());
                    if (directory == KernelFiles.ABSENT) {
                        return;
                    }
                }
                readAnew(directory, own, file, values);
            }
        } finally {
            if (directory != KernelFiles.ABSENT) {
                files.close(directory);
            }
        }
    }

    private void readAnew(int directory, Descriptors own, int file, CgroupfsSnapshot.Builder values) {
        int fd = files.open(directory, names.get(file));
        if (fd == KernelFiles.ABSENT) {
            own.fds[file] = MISSING;
            return;
        }
        boolean keep = kept < maxDescriptors;
        own.fds[file] = keep ? fd : CLOSED;
        kept += keep ? 1 : 0;
        try {
            if (!read(file, fd, values)) {
                // There but says nothing: pressure that is switched off.
                forget(own, file);
                own.fds[file] = MISSING;
            }
        } finally {
            if (!keep) {
                files.close(fd);
            }
        }
    }

    /** False if there is nothing to read. */
    private boolean read(int file, int fd, CgroupfsSnapshot.Builder values) {
        int length = files.read(fd);
        if (length == KernelFiles.ABSENT) {
            return false;
        }
        text.reset(files.bytes(), length);
        parsers.get(file).parse(text, values);
        values.fileRead();
        return true;
    }

    private void forget(Descriptors own, int file) {
        if (own.fds[file] >= 0) {
            files.close(own.fds[file]);
            kept--;
        }
        own.fds[file] = CLOSED;
    }

    /** Of cgroups that were not in the tree. */
    private void closeGone() {
        cgroups.values().removeIf(own -> {
            boolean gone = own.lastReading != reading;
            if (gone) {
                close(own);
            }
            return gone;
        });
    }

    private void close(Descriptors own) {
        for (int file = 0; file < own.fds.length; file++) {
            forget(own, file);
        }
    }

    @Override
    public void close() {
        cgroups.values().forEach(this::close);
        cgroups.clear();
    }
}
