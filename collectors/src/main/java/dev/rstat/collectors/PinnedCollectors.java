// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The loaded collectors, for reading. Needs no capability: only the group that the pins belong to. Follows a loader that replaces, adds
 * or removes collectors.
 *
 * <pre>{@code
 * try (PinnedCollectors collectors = PinnedCollectors.open(Path.of("/run/rstat"))) {
 *     Snapshot snapshot = collectors.snapshot();
 * }
 * }</pre>
 */
public final class PinnedCollectors implements AutoCloseable {
    private final PinRoot root;
    private final CgroupMount cgroups;
    private final CgroupDescriptors descriptors;
    private final StartTimesReader startTimes;
    private final @Nullable CgroupfsCollector cgroupfs;
    private final SortedMap<String, PinnedCollector> open = new TreeMap<>();
    private List<Cgroup> lastTree = List.of();

    private PinnedCollectors(PinRoot root, CgroupMount cgroups, @Nullable CgroupfsCollector cgroupfs) {
        this.root = root;
        this.cgroups = cgroups;
        this.descriptors = new CgroupDescriptors(cgroups);
        this.startTimes = new StartTimesReader(root);
        this.cgroupfs = cgroupfs;
    }

    /**
     * @throws RstatException if nothing is loaded there
     */
    public static PinnedCollectors open(Path pinRoot) {
        return open(pinRoot, null);
    }

    /**
     * @param cgroupfs reads the kernel's own files with each snapshot, and is closed with this
     * @throws RstatException if nothing is loaded there
     */
    public static PinnedCollectors open(Path pinRoot, @Nullable CgroupfsCollector cgroupfs) {
        PinRoot root = new PinRoot(pinRoot);
        if (!root.isMounted() || root.loaded().isEmpty()) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(pinRoot));
        }
        PinnedCollectors collectors = new PinnedCollectors(root, CgroupMount.find(), cgroupfs);
        SortedMap<String, String> failures = new TreeMap<>();
        collectors.refresh(failures);
        if (collectors.open.isEmpty()) {
            String name = failures.firstKey();
            collectors.close();
            throw new RstatException("collector %s: %s".formatted(name, failures.get(name)));
        }
        return collectors;
    }

    /** Flushes and reads everything. One thread at a time. */
    public synchronized Snapshot snapshot() {
        SortedMap<String, String> failures = new TreeMap<>();
        refresh(failures);
        // Before the readings: what comes meanwhile is not shown, but is in its ancestors' totals.
        List<Cgroup> tree = CgroupTree.read(cgroups, lastTree);
        lastTree = tree;
        descriptors.retain(tree);
        SortedMap<String, PinnedCollector.Reading> readings = new TreeMap<>();
        SortedMap<String, Long> nanoseconds = new TreeMap<>();
        for (Map.Entry<String, PinnedCollector> entry : open.entrySet()) {
            long start = System.nanoTime();
            try {
                readings.put(entry.getKey(), entry.getValue().read(tree));
            } catch (RstatException failure) {
                failures.put(entry.getKey(), String.valueOf(failure.getMessage()));
            }
            nanoseconds.put(entry.getKey(), System.nanoTime() - start);
        }
        CgroupIndex index = new CgroupIndex(tree);
        StartTimes starts = startTimes.read(tree, index);
        List<CollectorSnapshot> collectors = new ArrayList<>();
        readings.forEach((name, reading) -> {
            PinnedCollector collector = Objects.requireNonNull(open.get(name));
            collectors.add(new CollectorSnapshot(
                    collector.schema(),
                    collector.mode(),
                    collector.store(),
                    reading.state,
                    starts,
                    reading.began,
                    reading.values,
                    offsets(index, tree.size(), reading, collector.schema().words()),
                    reading.consistent,
                    reading.retries,
                    Objects.requireNonNull(nanoseconds.get(name))));
        });
        CgroupfsSnapshot files = readFiles(tree, starts, failures);
        return new Snapshot(Instant.now(), tree, index, collectors, failures, files);
    }

    private @Nullable CgroupfsSnapshot readFiles(
            List<Cgroup> tree, StartTimes starts, SortedMap<String, String> failures) {
        try {
            return cgroupfs == null ? null : cgroupfs.read(tree, starts);
        } catch (RstatException failure) {
            failures.put(CgroupfsCollector.NAME, String.valueOf(failure.getMessage()));
            return null;
        }
    }

    private static int[] offsets(CgroupIndex index, int cgroups, PinnedCollector.Reading reading, int words) {
        int[] offsets = new int[cgroups];
        Arrays.fill(offsets, -1);
        for (int row = 0; row < reading.rows; row++) {
            int cgroup = index.of(reading.ids[row]);
            if (cgroup >= 0) {
                offsets[cgroup] = row * words;
            }
        }
        return offsets;
    }

    /** Opens what is new or replaced, closes what is gone. */
    private void refresh(SortedMap<String, String> failures) {
        failures.putAll(Refusals.read(root));
        List<String> loaded = root.loaded();
        open.values().removeIf(collector -> {
            boolean stale = !collector.isCurrent();
            if (stale) {
                collector.close();
            }
            return stale;
        });
        for (String name : loaded) {
            if (!open.containsKey(name)) {
                try {
                    open.put(name, PinnedCollector.open(root.collector(name), descriptors));
                } catch (RstatException failure) {
                    failures.put(name, String.valueOf(failure.getMessage()));
                }
            }
        }
        // A newer object of a collector was refused, and the older one counts on.
        failures.keySet().removeAll(open.keySet());
    }

    /** Run statistics of the collectors' programs; none where the kernel refuses to tell. */
    public List<ProgramStats> programs() {
        return !Files.exists(root.programs())
                ? List.of()
                : IteratorFile.read(root.programs())
                        .lines()
                        .map(PinnedCollectors::programStats)
                        .filter(Objects::nonNull)
                        .toList();
    }

    private static @Nullable ProgramStats programStats(String line) {
        List<String> fields = List.of(line.split(" ", -1));
        return fields.size() < 5
                ? null
                : new ProgramStats(
                        fields.get(0),
                        fields.get(1),
                        Long.parseUnsignedLong(fields.get(2)),
                        Long.parseUnsignedLong(fields.get(3)),
                        Long.parseUnsignedLong(fields.get(4)));
    }

    @Override
    public synchronized void close() {
        open.values().forEach(PinnedCollector::close);
        open.clear();
        descriptors.close();
        startTimes.close();
        if (cgroupfs != null) {
            cgroupfs.close();
        }
    }
}
