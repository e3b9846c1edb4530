// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
import java.util.List;

/**
 * Takes the points of one family after the other, cgroup by cgroup, in some encoding. All of a point but its cgroup and its value is the
 * same in each cgroup: that is asked for once, as a {@code T}, and given back with every point. A class, and so are fields and families:
 * to find an interface's method, the service's compiler, C1, searches the object's interfaces, for each point.
 *
 * @param <T> the labels after the cgroup's, encoded
 */
abstract class Points<T> {
    abstract T labels(List<Label> labels);

    /** Of points that {@link #keyed} takes. */
    abstract T labels(List<Label> labels, String key);

    /** Of points that {@link #histogram} takes. */
    abstract T labels(List<Label> labels, Metric histogram);

    /**
     * What comes is of this cgroup.
     *
     * @param cgroup index in the snapshot
     */
    abstract void cgroup(int cgroup);

    /** A 1 with all that is known of the cgroup as labels. */
    abstract void info();

    /**
     * {@code word / 10^scale}, of a counter or a gauge.
     *
     * @param word unsigned
     */
    abstract void number(T labels, long word, int scale);

    /** {@code value / 10^scale}, of a gauge. */
    abstract void signed(T labels, long value, int scale);

    /**
     * A number with another cgroup's path as its last label.
     *
     * @param key index in the snapshot
     * @param word unsigned
     */
    abstract void keyed(T labels, int key, long word, int scale);

    /**
     * @param buckets {@link Metric#BUCKETS} counts, each of its own bucket only; good during the call
     * @param count their sum, not 0
     * @param sum of what was observed, unsigned, times {@code 10^scale}
     */
    abstract void histogram(T labels, Metric metric, long[] buckets, long count, long sum, int scale);
}
