// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CgroupMount;
import dev.rstat.collectors.CgroupTree;
import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.CgroupfsSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/**
 * What it costs to read and parse the kernel's own files of all cgroups: with descriptors that are kept, and with each file opened, read and
 * closed. In turns, and the values are the same.
 */
public final class CgroupfsBenchmark {
    private static final List<Integer> CGROUPS = List.of(100, 1000, 10_000);

    /** Of each cgroup, more than there are in any kernel. */
    private static final int FILES = 16;

    private static final int REPETITIONS = 15;
    private static final int QUICK_REPETITIONS = 5;
    private static final int WARM_UPS = 2;

    private CgroupfsBenchmark() {}

    public static Result run(boolean quick, Progress progress) {
        Machine machine = Machine.here();
        List<Measurement> measurements = new ArrayList<>();
        List<String> remarks = new ArrayList<>();
        try (BenchCgroups cgroups = BenchCgroups.create(progress)) {
            for (int size : quick ? CGROUPS.subList(0, 2) : CGROUPS) {
                cgroups.grow(size);
                // It keeps at most half of what it may have open.
                DescriptorLimit.raise(2 * FILES * size).ifPresent(remarks::add);
                measure(size, quick ? QUICK_REPETITIONS : REPETITIONS, progress, measurements);
            }
        }
        remarks.add("one reading of all files of all cgroups, their parsing included; files: how many that were");
        return new Result("cgroupfs", machine, Machine.loadNow(), measurements, remarks);
    }

    private static void measure(int size, int repetitions, Progress progress, List<Measurement> measurements) {
        CgroupMount mount = CgroupMount.find();
        List<Cgroup> tree = CgroupTree.read(mount);
        List<Double> keptTimes = new ArrayList<>();
        List<Double> openedTimes = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        int files = 0;
        try (CgroupfsCollector kept = new CgroupfsCollector(mount, FILES * tree.size());
                CgroupfsCollector opened = new CgroupfsCollector(mount, 0)) {
            Meter meter = new Meter(progress, "%d cgroups: repetition".formatted(size), repetitions);
            for (int repetition = -WARM_UPS; repetition < repetitions; repetition++) {
                CgroupfsSnapshot fromKept = kept.read(tree);
                CgroupfsSnapshot fromOpened = opened.read(tree);
                if (repetition >= 0) {
                    keptTimes.add(fromKept.nanoseconds() / 1e3);
                    openedTimes.add(fromOpened.nanoseconds() / 1e3);
                    ratios.add((double) fromOpened.nanoseconds() / fromKept.nanoseconds());
                }
                files = fromKept.files();
                meter.at(repetition + 1);
            }
        }
        SequencedMap<String, String> subject = Measurement.subject("cgroups", size);
        measurements.add(new Measurement(subject, "files", "", Quartiles.exactly(files)));
        measurements.add(new Measurement(subject, "kept open", "us", Quartiles.of(keptTimes)));
        measurements.add(new Measurement(subject, "open, read, close", "us", Quartiles.of(openedTimes)));
        measurements.add(new Measurement(subject, "open, read, close / kept open", "", Quartiles.of(ratios)));
    }
}
