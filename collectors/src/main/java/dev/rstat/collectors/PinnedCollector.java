// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.libbpf.BatchReader;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One loaded collector, opened for reading through its pins. */
final class PinnedCollector implements AutoCloseable {
    /**
     * Each failed attempt means that somebody else flushed within the milliseconds of a reading. The kernel itself does so every two
     * seconds, and agents that read many cpu.stat files in bursts.
     */
    private static final int ATTEMPTS = 20;

    private final Path folder;
    private final Object inode;
    private final BpfMap totals;
    private final BpfMap state;
    private final FlushMode mode;
    private final CollectorSchema schema;
    private final StateLayout layout;
    private final BatchReader reader;

    /** Rows of words by cgroup id, and what else one reading tells. */
    static final class Reading {
        final long[] ids;
        final long[] values;
        final CollectorState state;
        final boolean consistent;
        final int retries;

        private Reading(long[] ids, long[] values, CollectorState state, boolean consistent, int retries) {
            this.ids = ids;
            this.values = values;
            this.state = state;
            this.consistent = consistent;
            this.retries = retries;
        }
    }

    private PinnedCollector(Path folder, Object inode, BpfMap totals, BpfMap state, CollectorRecord record) {
        this.folder = folder;
        this.inode = inode;
        this.totals = totals;
        this.state = state;
        this.mode = record.mode();
        Btf types = record.types();
        this.schema = CollectorSchema.of(types);
        this.layout = StateLayout.of(types);
        this.reader = new BatchReader(totals);
    }

    /**
     * @param folder {@link PinRoot#collector}
     * @throws RstatException if it is not there, of another version, or not for this user
     */
    static PinnedCollector open(Path folder) {
        Object inode = inode(folder);
        if (inode == null) {
            throw new RstatException("%s is not loaded".formatted(folder.getFileName()));
        }
        BpfMap totals = null;
        BpfMap state = null;
        try (BpfMap record = new BpfMap(Pin.getReadOnly(folder.resolve("record")))) {
            CollectorRecord made = CollectorRecord.of(record);
            totals = new BpfMap(Pin.getReadOnly(folder.resolve("totals")));
            state = new BpfMap(Pin.getReadOnly(folder.resolve("state")));
            return new PinnedCollector(folder, inode, totals, state, made);
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

    /** Adds up what is new, over CPUs and the hierarchy. */
    private void flush() {
        IteratorFile.read(folder.resolve("flush"));
    }

    /**
     * Flushes, then reads all totals as they were at one moment. A hash map is not read at one moment, and anybody's read of a cpu.stat
     * flushes too, so the BPF side keeps a sequence count: odd while totals change. If it stood still, and no child's counts were
     * waiting for their parent, then every parent read is the sum of what was read of its children.
     */
    Reading read() {
        int words = schema.words();
        long[] ids = new long[256];
        long[] values = new long[ids.length * words];
        for (int attempt = 0; ; attempt++) {
            flush();
            ByteBuffer before = state.element(0);
            boolean last = attempt == ATTEMPTS - 1;
            if (!layout.isSettled(before) && !last) {
                continue;
            }
            Rows rows = new Rows(ids, values, words);
            reader.read(rows);
            ids = rows.ids;
            values = rows.values;
            ByteBuffer after = state.element(0);
            boolean consistent = layout.isSettled(before) && layout.sequence(before) == layout.sequence(after);
            if (consistent || last) {
                return new Reading(
                        Arrays.copyOf(ids, rows.count),
                        Arrays.copyOf(values, rows.count * words),
                        layout.state(after, rows.entries, totals.maxEntries()),
                        consistent,
                        attempt);
            }
        }
    }

    /** Collects the entries of a reading in growing arrays. */
    private static final class Rows implements BatchReader.Entry {
        private final int words;
        private long[] ids;
        private long[] values;
        private int count;
        private int entries;

        Rows(long[] ids, long[] values, int words) {
            this.ids = ids;
            this.values = values;
            this.words = words;
        }

        @Override
        public void read(long key, ByteBuffer value, int offset) {
            entries++;
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, count * 2);
                values = Arrays.copyOf(values, ids.length * words);
            }
            // struct rstat_total begins with the totals; what is pending follows.
            long any = 0;
            for (int word = 0; word < words; word++) {
                long v = value.getLong(offset + word * Long.BYTES);
                values[count * words + word] = v;
                any |= v;
            }
            // Most of a host's cgroups never do most things: without an event there is no row.
            if (any != 0) {
                ids[count++] = key;
            }
        }
    }

    @Override
    public void close() {
        totals.close();
        state.close();
    }
}
