// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BpfMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** {@link ResultStore#MMAP_ARRAY}: the kernel's memory, mapped. */
final class ArrayTotals implements TotalsReader {
    private final BpfMap totals;
    private final BpfMap.Mapping mapping;
    private final long idOffset;

    /**
     * @param idOffset of the cgroup's id in {@code struct rstat_total}
     */
    ArrayTotals(BpfMap totals, long idOffset) {
        this.totals = totals;
        this.mapping = totals.map();
        this.idOffset = idOffset;
    }

    @Override
    public void read(List<Cgroup> tree, int slots, Rows rows) {
        MemorySegment memory = mapping.memory();
        for (long at = 0, end = (long) slots * mapping.stride(); at < end; at += mapping.stride()) {
            long id = memory.get(ValueLayout.JAVA_LONG, at + idOffset);
            if (id != 0) {
                rows.add(id, memory, at);
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
