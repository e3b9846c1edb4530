// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.stream.IntStream;

/** A collector's total of one cgroup, by the names of the C struct's fields. */
public record FieldTotals(Snapshot snapshot, String collector, String path) {
    /** The value of a counter, or the sum of a histogram's observations. */
    public long value(String field) {
        return Totals.value(snapshot, collector, path, metric(field).firstWord());
    }

    /** How many observations a histogram has. */
    public long count(String field) {
        int sum = metric(field).firstWord();
        return IntStream.rangeClosed(1, Metric.BUCKETS)
                .mapToLong(bucket -> Totals.value(snapshot, collector, path, sum + bucket))
                .sum();
    }

    private Metric metric(String field) {
        return Totals.collector(snapshot, collector).schema().metrics().stream()
                .filter(metric -> metric.field().equals(field))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no field " + field + " in " + collector));
    }
}
