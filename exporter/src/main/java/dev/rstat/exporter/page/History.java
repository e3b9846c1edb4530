// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import dev.rstat.collectors.Metric;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Histogram;
import dev.rstat.exporter.live.Stat;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What cgroups did of late, in memory that never exceeds its budget.
 *
 * <p>Two things keep it there. When the steps together are too large, each two neighbours become one of twice the length, and so do later
 * ones. When one step alone has more than its share, as with tens of thousands of busy cgroups, it is of those that have most of the
 * first stat. Thread-safe.
 */
final class History {
    /** So many steps fit in the budget at least. */
    private static final int LEAST_STEPS = 16;

    /** What a byte can number. */
    private static final int MOST_COLUMNS = 255;

    private static final double[] NONE = {};

    private final Duration length;
    private final long budget;
    private final List<String> stats = new ArrayList<>();
    private final List<String> histograms = new ArrayList<>();
    private final Deque<Step> steps = new ArrayDeque<>();
    private long size;
    private double stepSeconds;
    private boolean partial;

    /**
     * @param budget in bytes
     */
    History(Duration length, long budget) {
        this.length = length;
        this.budget = budget;
    }

    Duration length() {
        return length;
    }

    synchronized void add(Frame frame) {
        double seconds = frame.interval().toNanos() / 1e9;
        if (seconds <= 0) {
            return;
        }
        Step step = pack(frame, seconds);
        Step last = steps.peekLast();
        if (last != null && last.seconds() + seconds <= stepSeconds) {
            steps.removeLast();
            size -= last.size();
            step = merge(last, step);
        }
        steps.addLast(step);
        size += step.size();
        while (steps.getFirst().endMillis() < step.endMillis() - length.toMillis()) {
            size -= steps.removeFirst().size();
        }
        while (size > budget) {
            coarsen();
        }
    }

    private Step pack(Frame frame, double seconds) {
        List<Stat> wanted = frame.stats().stream().filter(History::isKept).toList();
        double[][] columns = new double[MOST_COLUMNS][];
        for (Stat stat : wanted) {
            int column = number(stats, stat.key());
            if (column >= 0) {
                columns[column] = frame.values(stat);
            }
        }
        StepWriter writer = writer();
        double[] values = new double[stats.size()];
        double[][] observations = new double[MOST_COLUMNS][0];
        partial = false;
        for (int cgroup : order(frame)) {
            for (int column = 0; column < values.length; column++) {
                values[column] = columns[column] == null ? 0 : columns[column][cgroup];
            }
            for (Histogram histogram : frame.histograms()) {
                int number = number(histograms, histogram.key());
                if (number >= 0) {
                    observations[number] = observations(frame, histogram, cgroup);
                }
            }
            partial |= !writer.add(frame.cgroups().get(cgroup).id(), values, observations);
        }
        return writer.step(frame.time().toEpochMilli(), seconds);
    }

    private static double[] observations(Frame frame, Histogram histogram, int cgroup) {
        double sum = frame.stat(histogram.key())
                .map(stat -> frame.value(stat, cgroup))
                .orElse(0.0);
        // Most have none at most times.
        if (!(sum > 0)) {
            return NONE;
        }
        long[] counts = frame.observations(histogram, cgroup);
        double[] observations = new double[counts.length];
        Arrays.setAll(observations, bucket -> counts[bucket]);
        return observations;
    }

    /** The others are computed of a histogram's buckets. */
    private static boolean isKept(Stat stat) {
        return !stat.key().endsWith(".p50")
                && !stat.key().endsWith(".p99")
                && !stat.key().endsWith(".count");
    }

    /** The root, then who has most of the first stat: for these there is room before there is none. */
    private static int[] order(Frame frame) {
        int cgroups = frame.cgroups().size();
        if (frame.stats().isEmpty() || cgroups < 1000) {
            return IntStream.range(0, cgroups).toArray();
        }
        double[] first = frame.values(frame.stats().getFirst());
        return IntStream.range(0, cgroups)
                .boxed()
                .sorted(Comparator.comparingDouble(cgroup -> -(first[cgroup] > 0 ? first[cgroup] : 0)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private StepWriter writer() {
        return new StepWriter((int) (budget / LEAST_STEPS));
    }

    /** Its number, which it keeps; -1 if there are too many. */
    private static int number(List<String> keys, String key) {
        int number = keys.indexOf(key);
        if (number < 0 && keys.size() < MOST_COLUMNS) {
            keys.add(key);
            number = keys.size() - 1;
        }
        return number;
    }

    private void coarsen() {
        List<Step> fine = List.copyOf(steps);
        steps.clear();
        size = 0;
        for (int i = 0; i < fine.size(); i += 2) {
            Step step = i + 1 < fine.size() ? merge(fine.get(i), fine.get(i + 1)) : fine.get(i);
            steps.addLast(step);
            size += step.size();
            stepSeconds = Math.max(stepSeconds, step.seconds());
        }
        if (fine.size() == 1) {
            steps.clear();
            size = 0;
        }
    }

    /** Two that follow each other as one. */
    private Step merge(Step one, Step other) {
        double seconds = one.seconds() + other.seconds();
        StepWriter writer = writer();
        int i = 0;
        int j = 0;
        while (i < one.cgroups() || j < other.cgroups()) {
            long id = Math.min(
                    i < one.cgroups() ? one.id(i) : Long.MAX_VALUE, j < other.cgroups() ? other.id(j) : Long.MAX_VALUE);
            double[] values = new double[stats.size()];
            double[][] observations = new double[histograms.size()][Metric.BUCKETS];
            if (i < one.cgroups() && one.id(i) == id) {
                one.addTo(i++, one.seconds() / seconds, values, observations);
            }
            if (j < other.cgroups() && other.id(j) == id) {
                other.addTo(j++, other.seconds() / seconds, values, observations);
            }
            partial |= !writer.add(id, values, observations);
        }
        return writer.step(other.endMillis(), seconds);
    }

    /**
     * @param keys of stats
     * @param histogram its key
     */
    synchronized Track of(long id, List<String> keys, String histogram) {
        Track track = new Track(steps.size(), keys.size());
        List<Integer> columns = keys.stream().map(stats::indexOf).toList();
        int number = histograms.indexOf(histogram);
        int at = 0;
        for (Step step : steps) {
            track.put(at++, step, id, columns, number);
        }
        return track;
    }

    /** What it takes in memory, in bytes. */
    synchronized long size() {
        return size;
    }

    /** How many seconds the longest step has; 0 while there is none. */
    synchronized double longestStep() {
        return steps.stream().mapToDouble(Step::seconds).max().orElse(0);
    }

    /** Whether there were more cgroups in the last step than there is room for. */
    synchronized boolean isPartial() {
        return partial;
    }
}
