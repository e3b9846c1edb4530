// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.List;

/**
 * Numbers of cgroups' files that are exposed as one metric family. Its name says the rest: what ends in {@code _total} only grows, the
 * rest goes up and down; the files count time in microseconds, which is exposed in seconds.
 *
 * @param name as Prometheus has it
 * @param help one sentence
 * @param label the name of the label that tells a cgroup's samples apart; empty where there is one sample, which has no such label
 * @param values that label's values, in the order of the columns
 * @param firstColumn of the columns of {@link CgroupfsSnapshot#value} the family's first; the others follow it. A family of devices has
 *     one column, of {@link CgroupfsSnapshot#deviceValue}
 */
public record CgroupfsFamily(String name, String help, String label, List<String> values, int firstColumn) {
    /** The label of families with a sample for each device, whose values only a snapshot knows. */
    public static final String DEVICE = "device";

    public CgroupfsFamily {
        values = List.copyOf(values);
    }

    public boolean isCounter() {
        return name.endsWith("_total");
    }

    public boolean isOfDevices() {
        return label.equals(DEVICE);
    }

    /** Decimal places between what the file counts and what is exposed. */
    public int scale() {
        return name.contains("_seconds") ? 6 : 0;
    }
}
