// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.List;

/** {@link ResultStore#CGROUP_STORAGE}: one system call for each cgroup, by the descriptor of its directory. */
final class LocalTotals implements TotalsReader {
    private final BpfMap totals;
    private final CgroupDescriptors cgroups;
    private final ByteBuffer key = BpfMap.buffer(Integer.BYTES);
    private final ByteBuffer value;
    private final LongBuffer words;
    private final long[] row;

    LocalTotals(BpfMap totals, CgroupDescriptors cgroups) {
        this.totals = totals;
        this.cgroups = cgroups;
        this.value = BpfMap.buffer(totals.valueSize());
        this.words = value.asLongBuffer();
        this.row = new long[words.capacity()];
    }

    @Override
    public void read(List<Cgroup> tree, int slots, Rows rows) {
        for (Cgroup cgroup : tree) {
            int fd = cgroups.of(cgroup);
            if (fd >= 0 && totals.lookup(key.putInt(0, fd), value)) {
                words.get(0, row);
                rows.add(cgroup.id(), row, 0);
            }
        }
    }

    @Override
    public int maxEntries() {
        return 0;
    }

    @Override
    public void close() {
        totals.close();
    }
}
