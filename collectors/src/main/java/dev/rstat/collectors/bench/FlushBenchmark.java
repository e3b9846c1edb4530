// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.FlushMode;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.PinnedTotals;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What a flush costs, by how many cgroups there are and in how many of them something was counted since the last: the time of one read of the
 * flush file. Both modes are loaded, and flush the same events one after the other, each as often first.
 */
public final class FlushBenchmark {
    private static final String COLLECTOR = "attach";
    private static final List<Integer> EXISTING = List.of(100, 1000, 10_000);
    private static final List<Integer> UPDATED = List.of(1, 10, 100, 1000);
    private static final int REPETITIONS = 31;
    private static final int WARM_UPS = 3;
    private static final int QUICK_REPETITIONS = 5;

    /** One mode and what was seen of it at one point. */
    private static final class Flusher {
        final FlushMode mode;
        final PinnedTotals totals;
        final List<Double> times = new ArrayList<>();
        double time;

        Flusher(FlushMode mode, PinnedTotals totals) {
            this.mode = mode;
            this.totals = totals;
        }
    }

    private final boolean quick;
    private final Progress progress;
    private final BenchCgroups cgroups;
    private final List<Flusher> flushers = new ArrayList<>();
    private final List<Measurement> measurements = new ArrayList<>();

    private FlushBenchmark(boolean quick, Progress progress, BenchCgroups cgroups) {
        this.quick = quick;
        this.progress = progress;
        this.cgroups = cgroups;
    }

    /**
     * @throws RstatException if nothing can be loaded
     */
    public static Result run(boolean quick, String user, Progress progress) {
        Machine machine = Machine.here();
        List<String> remarks = new ArrayList<>();
        remarks.add("one read of the flush file of collector %s, from open to close".formatted(COLLECTOR));
        List<FlushMode> modes = new ArrayList<>(List.of(FlushMode.WALK));
        if (Loader.hasRstatMode()) {
            modes.add(FlushMode.RSTAT);
        } else {
            remarks.add("rstat mode: not measured: this kernel refuses fentry on bpf_rstat_flush");
        }
        try (BenchCgroups cgroups = BenchCgroups.create(progress);
                BenchPins pins = new BenchPins(user, progress)) {
            FlushBenchmark benchmark = new FlushBenchmark(quick, progress, cgroups);
            for (FlushMode mode : modes) {
                pins.load(mode.label(), options -> options.withMode(Optional.of(mode)), COLLECTOR);
                benchmark.flushers.add(new Flusher(mode, pins.totals(mode.label(), COLLECTOR)));
            }
            benchmark.measure();
            return new Result("flush", machine, Machine.loadNow(), benchmark.measurements, remarks);
        }
    }

    private void measure() {
        for (int existing : quick ? EXISTING.subList(0, 2) : EXISTING) {
            cgroups.grow(existing);
            for (int updated : UPDATED) {
                if (updated <= existing) {
                    measure(existing, updated);
                }
            }
        }
    }

    private void measure(int existing, int updated) {
        int repetitions = quick ? QUICK_REPETITIONS : REPETITIONS;
        List<Flusher> order = new ArrayList<>(flushers);
        order.forEach(flusher -> flusher.times.clear());
        List<Double> ratios = new ArrayList<>();
        Meter meter =
                new Meter(progress, "%d cgroups, %d updated: repetition".formatted(existing, updated), repetitions);
        for (int repetition = -WARM_UPS; repetition < repetitions; repetition++) {
            cgroups.touch((repetition + WARM_UPS) * updated, updated);
            for (Flusher flusher : order) {
                flusher.time = Stopwatch.microseconds(flusher.totals::flush);
            }
            order.add(order.removeFirst());
            if (repetition >= 0) {
                flushers.forEach(flusher -> flusher.times.add(flusher.time));
                ratios.add(flushers.getFirst().time / flushers.getLast().time);
            }
            meter.at(repetition + 1);
        }
        SequencedMap<String, String> subject = Measurement.subject("cgroups", existing, "updated", updated);
        for (Flusher flusher : flushers) {
            measurements.add(new Measurement(subject, flusher.mode.label(), "us", Quartiles.of(flusher.times)));
        }
        if (flushers.size() > 1) {
            measurements.add(new Measurement(subject, "walk / rstat", "", Quartiles.of(ratios)));
        }
    }
}
