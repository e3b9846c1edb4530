// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

/** One metric family with points for each cgroup, and what is needed to say them in one encoding. */
abstract class CgroupFamily {
    /** What a family's points are. */
    enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM,
        INFO
    }

    /** As Prometheus has it: a counter's ends in {@code _total}. */
    abstract String name();

    /** One sentence. */
    abstract String help();

    abstract Type type();

    /** When the counts of a cgroup began at 0, in nanoseconds since the epoch. */
    abstract long startNanos(int cgroup);

    /**
     * Tells the points of a cgroup; none if it has no value.
     *
     * @param cgroup index in the snapshot
     */
    abstract void tell(int cgroup);

    /** The name without what a type adds to it. */
    final String baseName() {
        String suffix = switch (type()) {
            case COUNTER -> "_total";
            case INFO -> "_info";
            case GAUGE, HISTOGRAM -> "";
        };
        return name().endsWith(suffix) ? name().substring(0, name().length() - suffix.length()) : name();
    }

    /** The base unit that the name ends in; empty if in none. */
    final String unit() {
        for (String unit : new String[] {"seconds", "bytes"}) {
            if (baseName().endsWith("_" + unit)) {
                return unit;
            }
        }
        return "";
    }
}
