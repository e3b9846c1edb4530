// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.CgroupfsFamily;
import dev.rstat.collectors.CgroupfsSnapshot;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The metrics of the kernel's own files. */
final class CgroupfsMetrics {
    private CgroupfsMetrics() {}

    static List<MetricFamily> of(CgroupfsSnapshot cgroupfs, Snapshot snapshot) {
        long time = MetricFamily.nanoseconds(snapshot.time());
        List<MetricFamily> families = new ArrayList<>();
        for (CgroupfsFamily family : CgroupfsSnapshot.families()) {
            families.add(
                    family.isOfDevices()
                            ? new OfDevices(family, cgroupfs, time)
                            : new OfCgroups(family, cgroupfs, time));
        }
        return families;
    }

    private abstract static class Family extends MetricFamily {
        final CgroupfsFamily family;
        final CgroupfsSnapshot cgroupfs;
        private final long time;

        Family(CgroupfsFamily family, CgroupfsSnapshot cgroupfs, long time) {
            super(family.name(), unit(family), family.isCounter() ? Kind.SUM : Kind.GAUGE);
            this.family = family;
            this.cgroupfs = cgroupfs;
            this.time = time;
        }

        private static String unit(CgroupfsFamily family) {
            return family.name().contains("_seconds") ? "s" : family.name().contains("_bytes") ? "By" : "";
        }

        /**
         * @param before what the receiver has, or {@link CgroupfsSnapshot#ABSENT}
         */
        final int write(
                int cgroup, byte[] attributes, long value, long before, @Nullable Baseline since, ReverseProtobuf out) {
            if (value == CgroupfsSnapshot.ABSENT) {
                return 0;
            }
            long start = 0;
            long sent = value;
            if (family.isCounter()) {
                start = cgroupfs.startNanos(cgroup);
                if (since != null && before != CgroupfsSnapshot.ABSENT) {
                    if (value == before) {
                        return 0;
                    }
                    start = nanoseconds(since.snapshot().time());
                    sent = value > before ? value - before : value;
                }
            }
            number(out, attributes, sent, Math.pow(10, family.scale()), start, time);
            return 1;
        }
    }

    private static final class OfCgroups extends Family {
        private final List<byte[]> attributes;

        OfCgroups(CgroupfsFamily family, CgroupfsSnapshot cgroupfs, long time) {
            super(family, cgroupfs, time);
            attributes = family.values().stream()
                    .map(value -> family.label().isEmpty()
                            ? Attributes.NONE
                            : Attributes.encode(Attributes.OF_NUMBER, List.of(new Label(family.label(), value))))
                    .toList();
        }

        @Override
        int writePoints(int cgroup, @Nullable Baseline since, ReverseProtobuf out) {
            CgroupfsSnapshot before = since == null ? null : since.snapshot().cgroupfs();
            int points = 0;
            for (int i = attributes.size() - 1; i >= 0; i--) {
                int column = family.firstColumn() + i;
                points += write(
                        cgroup,
                        attributes.get(i),
                        cgroupfs.value(cgroup, column),
                        before == null || since == null
                                ? CgroupfsSnapshot.ABSENT
                                : before.value(since.cgroup(), column),
                        since,
                        out);
            }
            return points;
        }
    }

    private static final class OfDevices extends Family {
        OfDevices(CgroupfsFamily family, CgroupfsSnapshot cgroupfs, long time) {
            super(family, cgroupfs, time);
        }

        @Override
        int writePoints(int cgroup, @Nullable Baseline since, ReverseProtobuf out) {
            int points = 0;
            for (int entry = cgroupfs.firstEntry(cgroup + 1) - 1; entry >= cgroupfs.firstEntry(cgroup); entry--) {
                long value = cgroupfs.deviceValue(entry, family.firstColumn());
                if (value != CgroupfsSnapshot.ABSENT) {
                    long device = cgroupfs.device(entry);
                    Label label = new Label(CgroupfsFamily.DEVICE, "%d:%d".formatted(device >> 32, (int) device));
                    points += write(
                            cgroup,
                            Attributes.encode(Attributes.OF_NUMBER, List.of(label)),
                            value,
                            before(device, since),
                            since,
                            out);
                }
            }
            return points;
        }

        private long before(long device, @Nullable Baseline since) {
            CgroupfsSnapshot before = since == null ? null : since.snapshot().cgroupfs();
            if (before != null && since != null) {
                for (int entry = before.firstEntry(since.cgroup());
                        entry < before.firstEntry(since.cgroup() + 1);
                        entry++) {
                    if (before.device(entry) == device) {
                        return before.deviceValue(entry, family.firstColumn());
                    }
                }
            }
            return CgroupfsSnapshot.ABSENT;
        }
    }
}
