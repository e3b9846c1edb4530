// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BpfMap;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/** {@link ResultStore#MMAP_ARRAY}: the kernel's memory, mapped. */
final class ArrayTotals implements TotalsReader {
    /** A buffer has no more than 2 GiB. */
    private static final long PART_BYTES = 1L << 30;

    private static final int COPY_WORDS = 2048;

    private final BpfMap totals;
    private final BpfMap.Mapping mapping;
    private final int stride;
    private final int id;
    private final int slotsPerPart;
    private final List<LongBuffer> parts = new ArrayList<>();

    /** Some slots at a time, which stay in the processor's cache: a copy of each by itself would cost more than what it copies. */
    private final long[] copy;

    /**
     * @param idOffset of the cgroup's id in {@code struct rstat_total}, in bytes
     */
    ArrayTotals(BpfMap totals, long idOffset) {
        this.totals = totals;
        this.mapping = totals.map();
        this.stride = (int) mapping.stride() / Long.BYTES;
        this.id = (int) idOffset / Long.BYTES;
        this.slotsPerPart = (int) (PART_BYTES / mapping.stride());
        this.copy = new long[Math.max(1, COPY_WORDS / stride) * stride];
        long size = mapping.memory().byteSize();
        long part = slotsPerPart * mapping.stride();
        for (long offset = 0; offset < size; offset += part) {
            parts.add(mapping.words(offset, Math.min(part, size - offset)));
        }
    }

    @Override
    public void read(List<Cgroup> tree, int slots, Rows rows) {
        for (int first = 0; first < slots; first += slotsPerPart) {
            read(parts.get(first / slotsPerPart), Math.min(slotsPerPart, slots - first), rows);
        }
    }

    private void read(LongBuffer part, int slots, Rows rows) {
        int end = slots * stride;
        for (int at = 0; at < end; at += copy.length) {
            int length = Math.min(copy.length, end - at);
            part.get(at, copy, 0, length);
            for (int slot = 0; slot < length; slot += stride) {
                long cgroup = copy[slot + id];
                if (cgroup != 0) {
                    rows.add(cgroup, copy, slot);
                }
            }
        }
    }

    @Override
    public int maxEntries() {
        return totals.maxEntries();
    }

    @Override
    public void close() {
        mapping.close();
        totals.close();
    }
}
