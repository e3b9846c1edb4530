// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BatchReader;
import dev.rstat.collectors.libbpf.BpfMap;
import java.util.List;

/** {@link ResultStore#HASH}. */
final class HashTotals implements TotalsReader {
    private final BpfMap totals;
    private final BatchReader reader;

    HashTotals(BpfMap totals) {
        this.totals = totals;
        this.reader = new BatchReader(totals);
    }

    @Override
    public void read(List<Cgroup> tree, int slots, Rows rows) {
        reader.read(rows::add);
    }

    @Override
    public int maxEntries() {
        return totals.maxEntries();
    }

    @Override
    public void close() {
        totals.close();
    }
}
