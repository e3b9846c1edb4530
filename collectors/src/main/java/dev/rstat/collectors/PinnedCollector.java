// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One loaded collector, opened for reading through its pins. */
final class PinnedCollector implements AutoCloseable {
    /**
     * Each failed attempt means that somebody else flushed within the milliseconds of a reading. The kernel itself does so every two
     * seconds, and agents that read many cpu.stat files in bursts.
     */
    private static final int ATTEMPTS = 20;

    private final Path folder;
    private final FlushFile flushFile;
    private final Object inode;
    private final TotalsReader totals;
    private final BpfMap state;
    private final FlushMode mode;
    private final ResultStore store;
    private final CollectorSchema schema;
    private final StateLayout layout;
    private int lastRows;

    /** Rows of words by cgroup id, and what else one reading tells. */
    static final class Reading {
        final int rows;
        final long[] ids;
        final long[] values;
        final CollectorState state;
        final long began;
        final boolean consistent;
        final int retries;

        private Reading(
                int rows,
                long[] ids,
                long[] values,
                CollectorState state,
                long began,
                boolean consistent,
                int retries) {
            this.rows = rows;
            this.ids = ids;
            this.values = values;
            this.state = state;
            this.began = began;
            this.consistent = consistent;
            this.retries = retries;
        }
    }

    private PinnedCollector(
            Path folder, Object inode, TotalsReader totals, BpfMap state, CollectorRecord record, Btf types) {
        this.folder = folder;
        this.flushFile = new FlushFile(folder.resolve("flush"));
        this.inode = inode;
        this.totals = totals;
        this.state = state;
        this.mode = record.mode();
        this.store = record.store();
        this.schema = CollectorSchema.of(types);
        this.layout = StateLayout.of(types);
    }

    /**
     * @param folder {@link PinRoot#collector}
     * @throws RstatException if it is not there, of another version, or not for this user
     */
    static PinnedCollector open(Path folder, CgroupDescriptors cgroups) {
        Object inode = inode(folder);
        if (inode == null) {
            throw new RstatException("%s is not loaded".formatted(folder.getFileName()));
        }
        TotalsReader totals = null;
        BpfMap state = null;
        try (BpfMap map = new BpfMap(Pin.getReadOnly(folder.resolve("record")))) {
            CollectorRecord record = CollectorRecord.of(map);
            Btf types = record.types();
            Path pin = folder.resolve(record.store().maps().getFirst());
            BpfMap opened = new BpfMap(record.store() == ResultStore.MMAP_ARRAY ? Pin.get(pin) : Pin.getReadOnly(pin));
            totals = switch (record.store()) {
                case HASH -> new HashTotals(opened);
                case CGROUP_STORAGE -> new LocalTotals(opened, cgroups);
                case MMAP_ARRAY -> new ArrayTotals(opened, idOffset(types));
            };
            state = new BpfMap(Pin.getReadOnly(folder.resolve("state")));
            return new PinnedCollector(folder, inode, totals, state, record, types);
        } catch (RuntimeException failure) {
            if (totals != null) {
                totals.close();
            }
            if (state != null) {
                state.close();
            }
            throw failure;
        }
    }

    private static long idOffset(Btf types) {
        return types.struct("rstat_total").stream()
                .flatMap(total -> total.fields().stream())
                .filter(field -> field.name().equals("id"))
                .findFirst()
                .orElseThrow(() -> new RstatException("struct rstat_total has no id"))
                .offset();
    }

    private static @Nullable Object inode(Path folder) {
        try {
            return Files.getAttribute(folder, "unix:ino");
        } catch (IOException gone) {
            return null;
        }
    }

    /** Whether these are still the pins that are there: a loader may have replaced the collector. */
    boolean isCurrent() {
        return inode.equals(inode(folder));
    }

    CollectorSchema schema() {
        return schema;
    }

    FlushMode mode() {
        return mode;
    }

    ResultStore store() {
        return store;
    }

    /** Adds up what is new, over CPUs and the hierarchy. */
    void flush() {
        flushFile.read();
    }

    /** Reads the totals as they are, at no particular moment. */
    void readUnflushed(List<Cgroup> tree, Rows rows) {
        totals.read(tree, layout.slots(state.element(0)), rows);
    }

    /**
     * Flushes, then reads all totals as they were at one moment. A hash map is not read at one moment, and anybody's read of a cpu.stat
     * flushes too, so the BPF side keeps a sequence count: odd while totals change. If it stood still, and no child's counts were
     * waiting for their parent, then every parent read is the sum of what was read of its children.
     */
    Reading read(List<Cgroup> tree) {
        // A few more than last time: arrays that grow are copied, and the larger they are the longer garbage lives.
        Rows rows = new Rows(schema.words(), lastRows + lastRows / 16);
        for (int attempt = 0; ; attempt++) {
            flush();
            ByteBuffer before = state.element(0);
            boolean last = attempt == ATTEMPTS - 1;
            if (!layout.isSettled(before) && !last) {
                continue;
            }
            rows.clear();
            totals.read(tree, layout.slots(before), rows);
            // The totals may have been read from memory: not after this look at the state.
            VarHandle.loadLoadFence();
            ByteBuffer after = state.element(0);
            boolean consistent = layout.isSettled(before) && layout.sequence(before) == layout.sequence(after);
            if (consistent || last) {
                lastRows = rows.count();
                return new Reading(
                        rows.count(),
                        rows.ids(),
                        rows.values(),
                        layout.state(after, rows.entries(), totals.maxEntries()),
                        layout.began(after),
                        consistent,
                        attempt);
            }
        }
    }

    @Override
    public void close() {
        totals.close();
        state.close();
    }
}
