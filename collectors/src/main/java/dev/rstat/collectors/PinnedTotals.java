// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.KernelFiles;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The totals of one loaded collector, flushed and read in two steps that can be timed each. Who wants totals of one moment takes
 * {@link PinnedCollectors#snapshot}.
 */
public final class PinnedTotals implements AutoCloseable {
    /** What is not for cgroups. */
    private static final int OTHER_DESCRIPTORS = 2_000;

    private final Path folder;
    private final CgroupMount mount = CgroupMount.find();
    private final CgroupDescriptors descriptors =
            new CgroupDescriptors(mount, KernelFiles.descriptorLimit() - OTHER_DESCRIPTORS);
    private final PinnedCollector collector;
    private final Rows rows;

    private PinnedTotals(Path folder) {
        this.folder = folder;
        this.collector = PinnedCollector.open(folder, descriptors);
        this.rows = new Rows(collector.schema().words(), 0);
    }

    /**
     * @throws RstatException if it is not loaded
     */
    public static PinnedTotals open(Path pinRoot, String collector) {
        return new PinnedTotals(new PinRoot(pinRoot).collector(collector));
    }

    /** The cgroups there are, for {@link #read}. */
    public List<Cgroup> tree() {
        return CgroupTree.read(mount);
    }

    public void flush() {
        collector.flush();
    }

    /**
     * Reads all totals, without a flush.
     *
     * @return in how many cgroups something was counted
     */
    public int read(List<Cgroup> tree) {
        rows.clear();
        collector.readUnflushed(tree, rows);
        return rows.count();
    }

    /** Words of 64 bits of one cgroup's totals. */
    public int words() {
        return rows.words();
    }

    /** The bytes that the kernel counts for a map, which are without the values in cgroup local storage; 0 if the store has no such map. */
    public long mapMemory(String map) {
        Path pin = folder.resolve(map);
        if (!Files.exists(pin)) {
            return 0;
        }
        try (FileDescriptor fd = Pin.get(pin)) {
            return Files.readAllLines(Path.of("/proc/self/fdinfo", Integer.toString(fd.number()))).stream()
                    .filter(line -> line.startsWith("memlock:"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring("memlock:".length()).strip()))
                    .sum();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The bytes of one value of a map; 0 if the store has no such map. */
    public int valueSize(String map) {
        Path pin = folder.resolve(map);
        if (!Files.exists(pin)) {
            return 0;
        }
        try (BpfMap opened = new BpfMap(Pin.get(pin))) {
            return opened.valueSize();
        }
    }

    @Override
    public void close() {
        collector.close();
        descriptors.close();
    }
}
