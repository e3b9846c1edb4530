// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.CgroupfsFamily;
import dev.rstat.collectors.CgroupfsSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The families of what the kernel's own files say. Devices' labels are made once for a snapshot, all others once for a family. */
final class CgroupfsExposition {
    private CgroupfsExposition() {}

    static List<CgroupFamily> families(CgroupfsSnapshot snapshot, CgroupLabels labels) {
        DeviceLabels devices = new DeviceLabels(snapshot);
        List<CgroupFamily> families = new ArrayList<>();
        for (CgroupfsFamily family : CgroupfsSnapshot.families()) {
            families.add(
                    family.isOfDevices()
                            ? new OfDevices(family, snapshot, labels, devices)
                            : new OfCgroups(family, snapshot, labels));
        }
        return families;
    }

    private static byte[] header(CgroupfsFamily family) {
        return CgroupFamily.header(family.name(), family.isCounter() ? "counter" : "gauge", family.help());
    }

    private static byte[] start(CgroupfsFamily family) {
        return (family.name() + "{").getBytes(UTF_8);
    }

    /** The last label and what comes after it. */
    private static byte[] end(String label, String value) {
        return "%s=\"%s\",} ".formatted(label, value).getBytes(UTF_8);
    }

    /** A fixed number of samples for each cgroup. */
    private static final class OfCgroups implements CgroupFamily {
        private final CgroupfsFamily family;
        private final CgroupfsSnapshot snapshot;
        private final CgroupLabels labels;
        private final byte[] start;
        private final byte[][] ends;

        OfCgroups(CgroupfsFamily family, CgroupfsSnapshot snapshot, CgroupLabels labels) {
            this.family = family;
            this.snapshot = snapshot;
            this.labels = labels;
            this.start = start(family);
            this.ends = family.values().stream()
                    .map(value -> family.label().isEmpty() ? LABELS_END : end(family.label(), value))
                    .toArray(byte[][]::new);
        }

        @Override
        public byte[] header() {
            return CgroupfsExposition.header(family);
        }

        @Override
        public void append(int cgroup, TextBuffer out) {
            for (int i = 0; i < ends.length; i++) {
                long value = snapshot.value(cgroup, family.firstColumn() + i);
                if (value != CgroupfsSnapshot.ABSENT) {
                    out.append(start)
                            .append(labels.get(cgroup))
                            .append(ends[i])
                            .appendNumberLine(value, family.scale());
                }
            }
        }
    }

    /** A sample for each device a cgroup had to do with. */
    private static final class OfDevices implements CgroupFamily {
        private final CgroupfsFamily family;
        private final CgroupfsSnapshot snapshot;
        private final CgroupLabels labels;
        private final DeviceLabels devices;
        private final byte[] start;

        OfDevices(CgroupfsFamily family, CgroupfsSnapshot snapshot, CgroupLabels labels, DeviceLabels devices) {
            this.family = family;
            this.snapshot = snapshot;
            this.labels = labels;
            this.devices = devices;
            this.start = start(family);
        }

        @Override
        public byte[] header() {
            return CgroupfsExposition.header(family);
        }

        @Override
        public void append(int cgroup, TextBuffer out) {
            for (int entry = snapshot.firstEntry(cgroup); entry < snapshot.firstEntry(cgroup + 1); entry++) {
                long value = snapshot.deviceValue(entry, family.firstColumn());
                if (value != CgroupfsSnapshot.ABSENT) {
                    out.append(start)
                            .append(labels.get(cgroup))
                            .append(devices.end(snapshot.device(entry)))
                            .appendNumberLine(value, family.scale());
                }
            }
        }
    }

    /** {@code device="8:0",} of each device in a snapshot: few, in entries that are many. */
    private static final class DeviceLabels {
        private final long[] devices;
        private final byte[][] ends;

        DeviceLabels(CgroupfsSnapshot snapshot) {
            devices = IntStream.range(0, snapshot.entries())
                    .mapToLong(snapshot::device)
                    .sorted()
                    .distinct()
                    .toArray();
            ends = Arrays.stream(devices)
                    .mapToObj(device -> CgroupfsExposition.end(
                            CgroupfsFamily.DEVICE, "%d:%d".formatted(device >> 32, (int) device)))
                    .toArray(byte[][]::new);
        }

        byte[] end(long device) {
            return ends[Arrays.binarySearch(devices, device)];
        }
    }
}
