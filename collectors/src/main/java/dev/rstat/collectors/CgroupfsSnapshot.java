// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.Arrays;
import java.util.List;

/**
 * What cgroups' own files said, {@link CgroupfsCollector}'s part of a {@link Snapshot}. Each file is of one moment; between files, and
 * between a parent and its children, there is the time of the reading.
 *
 * <p>Values are in arrays, as {@link CgroupfsFamily} counts them: a hundred for each cgroup would be as many objects.
 */
public final class CgroupfsSnapshot {
    /** No such file, no such line, or no number. */
    public static final long ABSENT = -1;

    private static final int COLUMNS = CgroupfsTable.TABLE.columns().size();
    private static final int DEVICE_COLUMNS =
            CgroupfsTable.TABLE.deviceColumns().size();

    private final long[] values;
    private final int[] firstEntries;
    private final long[] devices;
    private final long[] deviceValues;
    private final StartTimes starts;
    private final int files;
    private final int keptDescriptors;
    private final long nanoseconds;

    private CgroupfsSnapshot(Builder builder, StartTimes starts, int keptDescriptors, long nanoseconds) {
        values = builder.values;
        firstEntries = builder.firstEntries;
        devices = Arrays.copyOf(builder.devices, builder.entries);
        deviceValues = Arrays.copyOf(builder.deviceValues, builder.entries * DEVICE_COLUMNS);
        this.starts = starts;
        files = builder.files;
        this.keptDescriptors = keptDescriptors;
        this.nanoseconds = nanoseconds;
    }

    /** All families there are, in the order to show them. */
    public static List<CgroupfsFamily> families() {
        return CgroupfsTable.TABLE.families();
    }

    /**
     * @param cgroup index in {@link Snapshot#cgroups()}
     * @param column see {@link CgroupfsFamily#firstColumn()}
     * @return not negative, or {@link #ABSENT}
     */
    public long value(int cgroup, int column) {
        return values[cgroup * COLUMNS + column];
    }

    /** How many pairs of a cgroup and a device there are. */
    public int entries() {
        return devices.length;
    }

    /** Where the entries of a cgroup begin; they end where those of the next begin, and {@code firstEntry(cgroups)} is {@link #entries()}. */
    public int firstEntry(int cgroup) {
        return firstEntries[cgroup];
    }

    /** The device of an entry: the major number in the upper half. */
    public long device(int entry) {
        return devices[entry];
    }

    /**
     * @param column see {@link CgroupfsFamily#firstColumn()}
     * @return not negative, or {@link #ABSENT}
     */
    public long deviceValue(int entry, int column) {
        return deviceValues[entry * DEVICE_COLUMNS + column];
    }

    /**
     * When all the kernel's counters of a cgroup were 0 for certain: when the cgroup was made, or if that is not known, when the machine
     * booted. The same in each snapshot, also after a restart of the reader; a clock that is set moves it by as much.
     *
     * @param cgroup index in {@link Snapshot#cgroups()}
     * @return nanoseconds since the epoch
     */
    public long startNanos(int cgroup) {
        return starts.notBefore(cgroup, 0);
    }

    /** Files that were read. */
    public int files() {
        return files;
    }

    /** Descriptors that were open when it was complete, for the next reading. */
    public int keptDescriptors() {
        return keptDescriptors;
    }

    /** Time it took to read, in nanoseconds. */
    public long nanoseconds() {
        return nanoseconds;
    }

    /** Takes the values of one cgroup after the other. */
    static final class Builder {
        private final long[] values;
        private final int[] firstEntries;
        private long[] devices = new long[16];
        private long[] deviceValues = new long[devices.length * DEVICE_COLUMNS];
        private int entries;
        private int cgroup = -1;
        private int files;

        Builder(int cgroups) {
            values = new long[Math.multiplyExact(cgroups, COLUMNS)];
            Arrays.fill(values, ABSENT);
            firstEntries = new int[cgroups + 1];
        }

        /** What comes is of the next cgroup. */
        void next() {
            cgroup++;
            firstEntries[cgroup + 1] = entries;
        }

        void fileRead() {
            files++;
        }

        void set(int column, long value) {
            values[cgroup * COLUMNS + column] = value;
        }

        void setOfDevice(long device, int column, long value) {
            int entry = entry(device); // may move the values
            deviceValues[entry * DEVICE_COLUMNS + column] = value;
        }

        /** From the last: a line's numbers come one after the other. */
        private int entry(long device) {
            for (int entry = entries - 1; entry >= firstEntries[cgroup]; entry--) {
                if (devices[entry] == device) {
                    return entry;
                }
            }
            if (entries == devices.length) {
                devices = Arrays.copyOf(devices, 2 * entries);
                deviceValues = Arrays.copyOf(deviceValues, 2 * entries * DEVICE_COLUMNS);
            }
            devices[entries] = device;
            Arrays.fill(deviceValues, entries * DEVICE_COLUMNS, (entries + 1) * DEVICE_COLUMNS, ABSENT);
            firstEntries[cgroup + 1] = entries + 1;
            return entries++;
        }

        CgroupfsSnapshot build(StartTimes starts, int keptDescriptors, long nanoseconds) {
            return new CgroupfsSnapshot(this, starts, keptDescriptors, nanoseconds);
        }
    }
}
