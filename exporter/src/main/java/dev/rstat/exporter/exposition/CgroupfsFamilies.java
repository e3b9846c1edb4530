// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.CgroupfsFamily;
import dev.rstat.collectors.CgroupfsSnapshot;
import dev.rstat.collectors.Label;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The families of what the kernel's own files say. Devices' labels are made once for a snapshot, all others once for a family. */
final class CgroupfsFamilies {
    private CgroupfsFamilies() {}

    static <T> List<CgroupFamily> of(CgroupfsSnapshot snapshot, Points<T> points) {
        Devices<T> devices = new Devices<>(snapshot, points);
        List<CgroupFamily> families = new ArrayList<>();
        for (CgroupfsFamily family : CgroupfsSnapshot.families()) {
            families.add(
                    family.isOfDevices()
                            ? new OfDevices<>(family, snapshot, points, devices)
                            : new OfCgroups<>(family, snapshot, points));
        }
        return families;
    }

    private abstract static class Family extends CgroupFamily {
        final CgroupfsFamily family;
        final CgroupfsSnapshot snapshot;

        Family(CgroupfsFamily family, CgroupfsSnapshot snapshot) {
            this.family = family;
            this.snapshot = snapshot;
        }

        @Override
        String name() {
            return family.name();
        }

        @Override
        String help() {
            return family.help();
        }

        @Override
        Type type() {
            return family.isCounter() ? Type.COUNTER : Type.GAUGE;
        }

        @Override
        long startNanos(int cgroup) {
            return snapshot.startNanos(cgroup);
        }
    }

    /** A fixed number of points for each cgroup. */
    private static final class OfCgroups<T> extends Family {
        private final Points<T> points;
        private final List<T> labels;

        OfCgroups(CgroupfsFamily family, CgroupfsSnapshot snapshot, Points<T> points) {
            super(family, snapshot);
            this.points = points;
            this.labels = family.values().stream()
                    .map(value ->
                            family.label().isEmpty() ? List.<Label>of() : List.of(new Label(family.label(), value)))
                    .map(points::labels)
                    .toList();
        }

        @Override
        void tell(int cgroup) {
            for (int i = 0; i < labels.size(); i++) {
                long value = snapshot.value(cgroup, family.firstColumn() + i);
                if (value != CgroupfsSnapshot.ABSENT) {
                    points.number(labels.get(i), value, family.scale());
                }
            }
        }
    }

    /** A point for each device a cgroup had to do with. */
    private static final class OfDevices<T> extends Family {
        private final Points<T> points;
        private final Devices<T> devices;

        OfDevices(CgroupfsFamily family, CgroupfsSnapshot snapshot, Points<T> points, Devices<T> devices) {
            super(family, snapshot);
            this.points = points;
            this.devices = devices;
        }

        @Override
        void tell(int cgroup) {
            for (int entry = snapshot.firstEntry(cgroup); entry < snapshot.firstEntry(cgroup + 1); entry++) {
                long value = snapshot.deviceValue(entry, family.firstColumn());
                if (value != CgroupfsSnapshot.ABSENT) {
                    points.number(devices.labels(snapshot.device(entry)), value, family.scale());
                }
            }
        }
    }

    /** {@code device="8:0"} of each device in a snapshot: few, in entries that are many. */
    private static final class Devices<T> {
        private final long[] devices;
        private final List<T> labels;

        Devices(CgroupfsSnapshot snapshot, Points<T> points) {
            devices = IntStream.range(0, snapshot.entries())
                    .mapToLong(snapshot::device)
                    .sorted()
                    .distinct()
                    .toArray();
            labels = Arrays.stream(devices)
                    .mapToObj(device -> new Label(CgroupfsFamily.DEVICE, (device >> 32) + ":" + (int) device))
                    .map(label -> points.labels(List.of(label)))
                    .toList();
        }

        T labels(long device) {
            return labels.get(Arrays.binarySearch(devices, device));
        }
    }
}
