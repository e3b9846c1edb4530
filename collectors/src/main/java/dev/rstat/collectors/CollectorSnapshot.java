// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * One collector's part of a {@link Snapshot}. Values are words of the collector's C struct, unsigned 64 bit, in one array: an object for
 * each would cost more than reading them.
 */
public final class CollectorSnapshot {
    private final CollectorSchema schema;
    private final FlushMode mode;
    private final ResultStore store;
    private final CollectorState state;
    private final StartTimes starts;
    private final long began;
    private final long[] values;
    private final int[] offsets;
    private final boolean consistent;
    private final int retries;
    private final long nanoseconds;

    /**
     * @param began when all its totals were 0, in nanoseconds since boot
     * @param offsets for each cgroup of the snapshot the index in {@code values} of its first word, or -1
     */
    CollectorSnapshot(
            CollectorSchema schema,
            FlushMode mode,
            ResultStore store,
            CollectorState state,
            StartTimes starts,
            long began,
            long[] values,
            int[] offsets,
            boolean consistent,
            int retries,
            long nanoseconds) {
        this.schema = schema;
        this.mode = mode;
        this.store = store;
        this.state = state;
        this.starts = starts;
        this.began = began;
        this.values = values;
        this.offsets = offsets;
        this.consistent = consistent;
        this.retries = retries;
        this.nanoseconds = nanoseconds;
    }

    public CollectorSchema schema() {
        return schema;
    }

    public FlushMode mode() {
        return mode;
    }

    public ResultStore store() {
        return store;
    }

    public CollectorState state() {
        return state;
    }

    /** Whether a cgroup, by its index in {@link Snapshot#cgroups()}, had any event in its subtree. */
    public boolean has(int cgroup) {
        return offsets[cgroup] >= 0;
    }

    /**
     * @param cgroup index in {@link Snapshot#cgroups()}; {@link #has} must be true of it
     * @param word index among the words of the struct, see {@link Metric#firstWord()}
     */
    public long value(int cgroup, int word) {
        return values[offsets[cgroup] + word];
    }

    /**
     * What to show of a {@link Metric.Type#MAX}: the largest value of the read window under way and the one before, 0 if there was none.
     *
     * @param word the metric's first
     */
    public long maximum(int cgroup, int word) {
        long window = value(cgroup, word);
        long largest = value(cgroup, word + 1);
        if (window == state.window()) {
            long before = value(cgroup, word + 2);
            return Long.compareUnsigned(largest, before) > 0 ? largest : before;
        }
        return window + 1 == state.window() ? largest : 0;
    }

    /**
     * When all this collector's counters of a cgroup were 0 for certain: when the collector began to count, or when the cgroup was made, if
     * that was later and is known. The same in each snapshot, also after a restart of the reader and after a newer object of the collector
     * has gone on with its totals; a clock that is set moves it by as much.
     *
     * @param cgroup index in {@link Snapshot#cgroups()}
     * @return nanoseconds since the epoch
     */
    public long startNanos(int cgroup) {
        return starts.notBefore(cgroup, began);
    }

    /** False when other flushes kept getting in the way of a reading at one moment; then parents may be off by what arrived meanwhile. */
    public boolean consistent() {
        return consistent;
    }

    /** Readings given up because a flush changed totals meanwhile. */
    public int retries() {
        return retries;
    }

    /** Time it took to flush and read, in nanoseconds. */
    public long nanoseconds() {
        return nanoseconds;
    }
}
