// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.CollectorSource;
import dev.rstat.collectors.EventPrograms;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * What an event costs: the time of a collector's program, as the kernel counts it, less that of an empty program and of one that only
 * reads the clock as often, at the same place in the same span of time. Values are kept in a hash map and in cgroup local storage in
 * turns, and each kind of workload has its turn. Each repetition is such a span; shown is the median for the workload that has most of a
 * program's events.
 */
public final class EventsBenchmark {
    /** The quantity that the goals are about. */
    public static final String COST = "over empty and clock";

    public static final int GOAL_NS = 60;
    public static final int LIMIT_NS = 120;

    private static final int BPF_KTIME_GET_NS = 5;
    private static final int BPF_KTIME_GET_BOOT_NS = 125;

    private static final int REPETITIONS = 20;
    private static final int QUICK_REPETITIONS = 2;
    private static final int SPAN_MS = 200;
    private static final int WARM_UP_MS = 50;

    /** Runs within a span that are worth a mean. */
    private static final int ENOUGH_RUNS = 5;

    private final Progress progress;
    private final int repetitions;
    private final Machine machine = Machine.here();
    private final SequencedSet<String> remarks = new LinkedHashSet<>();
    private final SequencedSet<String> unseen = new LinkedHashSet<>();
    private final SequencedMap<String, Baselines> baselines = new LinkedHashMap<>();
    private final List<Variant> variants = new ArrayList<>();

    /** One collector's programs with their values in one place. */
    private static final class Variant implements AutoCloseable {
        final String collector;
        final boolean local;
        final EventPrograms loaded;
        final List<Subject> subjects = new ArrayList<>();

        Variant(String collector, boolean local, EventPrograms loaded) {
            this.collector = collector;
            this.local = local;
            this.loaded = loaded;
        }

        @Override
        public void close() {
            loaded.close();
        }
    }

    /** What was seen of a program during one kind of workload. */
    private static final class Samples {
        final List<Double> rate = new ArrayList<>();
        final List<Double> run = new ArrayList<>();
        final List<Double> empty = new ArrayList<>();
        final List<Double> overEmpty = new ArrayList<>();
        final List<Double> clockReads = new ArrayList<>();
        final List<Double> overClocks = new ArrayList<>();

        double medianRate() {
            return Quartiles.of(rate).median();
        }
    }

    /** One program and what was seen of it. */
    private static final class Subject {
        final BpfProgram program;
        final Baselines baselines;
        final int clocks;
        private final Map<EventWorkload.Kind, Samples> samples = new EnumMap<>(EventWorkload.Kind.class);
        private BpfProgram.Runs before = new BpfProgram.Runs(0, 0);

        Subject(BpfProgram program, Baselines baselines) {
            this.program = program;
            this.baselines = baselines;
            this.clocks = program.calls(BPF_KTIME_GET_NS) + program.calls(BPF_KTIME_GET_BOOT_NS);
        }

        /** From here {@link #add} counts. */
        void mark() {
            before = program.runs();
        }

        /** @param at of the three baselines, in the same span */
        void add(EventWorkload.Kind kind, List<BpfProgram.Runs> at) {
            BpfProgram.Runs own = program.runs().since(before);
            if (own.count() < ENOUGH_RUNS || at.stream().anyMatch(baseline -> baseline.count() < ENOUGH_RUNS)) {
                return;
            }
            double nothing = at.get(0).mean();
            double over = own.mean() - nothing;
            // What takes less time than its clock reads did not come by all of them.
            int reads = clocks;
            while (reads > 0 && over < clockTime(reads, at)) {
                reads--;
            }
            Samples seen = samples.computeIfAbsent(kind, _ -> new Samples());
            seen.rate.add(own.count() * 1000.0 / SPAN_MS);
            seen.run.add(own.mean());
            seen.empty.add(nothing);
            seen.overEmpty.add(over);
            seen.clockReads.add((double) reads);
            seen.overClocks.add(over - clockTime(reads, at));
        }

        /** The workload with most of its events; none if there were too few in all. */
        Optional<Map.Entry<EventWorkload.Kind, Samples>> busiest() {
            return samples.entrySet().stream()
                    .max(Comparator.comparingDouble(seen -> seen.getValue().medianRate()));
        }

        private static double clockTime(int reads, List<BpfProgram.Runs> at) {
            double nothing = at.get(0).mean();
            return reads == 1
                    ? at.get(1).mean() - nothing
                    : reads / 2.0 * (at.get(2).mean() - nothing);
        }
    }

    private EventsBenchmark(boolean quick, Progress progress) {
        this.repetitions = quick ? QUICK_REPETITIONS : REPETITIONS;
        this.progress = progress;
    }

    /**
     * @throws RstatException if no collector can run here
     */
    public static Result run(boolean quick, Progress progress) {
        return new EventsBenchmark(quick, progress).run();
    }

    private Result run() {
        try (FileDescriptor counting = BpfProgram.countRuns()) {
            counting.number();
            load();
            try (BenchCgroups cgroups = BenchCgroups.create(progress)) {
                measure(cgroups);
            }
            return new Result("events", machine, Machine.loadNow(), measurements(), List.copyOf(remarks));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            variants.forEach(Variant::close);
            baselines.values().forEach(Baselines::close);
        }
    }

    private void load() {
        progress.say("loading the collectors, and empty programs at their places");
        for (boolean local : Loader.hasCgroupStorage() ? new boolean[] {false, true} : new boolean[] {false}) {
            for (CollectorSource source : Loader.builtIn(Loader.builtIn())) {
                progress.check();
                try {
                    load(new Variant(source.name(), local, EventPrograms.load(source, local)));
                } catch (RstatException refused) {
                    remarks.add("%s: not measured: %s".formatted(source.name(), refused.getMessage()));
                }
            }
        }
        if (variants.isEmpty()) {
            throw new RstatException("no collector can run here: " + String.join("; ", remarks));
        }
    }

    private void load(Variant variant) {
        variants.add(variant);
        for (BpfProgram program : variant.loaded.programs()) {
            if (Baselines.has(program.section())) {
                variant.subjects.add(
                        new Subject(program, baselines.computeIfAbsent(program.section(), Baselines::attach)));
            } else {
                remarks.add("%s %s: not measured: there is no baseline for %s"
                        .formatted(variant.collector, program.name(), program.section()));
            }
        }
    }

    private static String place(boolean local) {
        return local ? "cgroup storage" : "hash map";
    }

    private void measure(BenchCgroups cgroups) throws IOException {
        Meter meter = new Meter(progress, "measuring: repetition", repetitions);
        for (int repetition = 0; repetition < repetitions; repetition++) {
            for (EventWorkload.Kind kind : EventWorkload.Kind.values()) {
                try (EventWorkload workload = new EventWorkload(cgroups, kind)) {
                    variants.forEach(variant -> variant.loaded.makeTotals());
                    // In turns also as to which is first.
                    for (boolean local : new boolean[] {repetition % 2 == 0, repetition % 2 != 0}) {
                        measureOnce(
                                kind,
                                variants.stream()
                                        .filter(variant -> variant.local == local)
                                        .toList());
                    }
                    workload.requireRunning();
                }
            }
            meter.at(repetition + 1);
        }
    }

    /** All collectors at once, as in use. */
    private void measureOnce(EventWorkload.Kind kind, List<Variant> attached) {
        List<Subject> subjects =
                attached.stream().flatMap(variant -> variant.subjects.stream()).toList();
        List<BpfLink> links = new ArrayList<>();
        try {
            for (Subject subject : subjects) {
                links.add(subject.program.attach());
            }
            Pause.millis(WARM_UP_MS);
            baselines.values().forEach(Baselines::mark);
            subjects.forEach(Subject::mark);
            Pause.millis(SPAN_MS);
            Map<Baselines, List<BpfProgram.Runs>> spent = new HashMap<>();
            baselines.values().forEach(programs -> spent.put(programs, programs.spent()));
            subjects.forEach(subject -> subject.add(kind, spent.getOrDefault(subject.baselines, List.of())));
        } finally {
            links.forEach(BpfLink::close);
        }
    }

    private List<Measurement> measurements() {
        List<Measurement> measurements = new ArrayList<>();
        for (Variant variant : variants) {
            for (Subject subject : variant.subjects) {
                Optional<Map.Entry<EventWorkload.Kind, Samples>> busiest = subject.busiest();
                if (busiest.isEmpty()) {
                    unseen.add("%s %s".formatted(variant.collector, subject.program.name()));
                    continue;
                }
                Samples seen = busiest.get().getValue();
                SequencedMap<String, String> labels = Measurement.subject(
                        "collector",
                        variant.collector,
                        "program",
                        subject.program.name(),
                        "hook",
                        subject.program.section(),
                        "workload",
                        busiest.get().getKey().name().toLowerCase(Locale.ROOT),
                        "values",
                        place(variant.local));
                measurements.add(new Measurement(labels, "events", "1/s", Quartiles.of(seen.rate)));
                measurements.add(new Measurement(labels, "program", "ns", Quartiles.of(seen.run)));
                measurements.add(new Measurement(labels, "empty", "ns", Quartiles.of(seen.empty)));
                measurements.add(new Measurement(labels, "over empty", "ns", Quartiles.of(seen.overEmpty)));
                measurements.add(new Measurement(labels, "clock reads", "", Quartiles.of(seen.clockReads)));
                measurements.add(new Measurement(labels, COST, "ns", Quartiles.of(seen.overClocks)));
            }
        }
        if (!unseen.isEmpty()) {
            remarks.add("no such event, or too few, for: " + String.join(", ", unseen));
        }
        remarks.add(
                "goal: at most %d ns over an empty program and its clock reads, none over %d ns; the call that marks the cgroup updated is included"
                        .formatted(GOAL_NS, LIMIT_NS));
        remarks.add(
                "clock reads: places in the program's code, as many as fit into its time; what is rare finds cold caches, and costs more");
        return measurements;
    }
}
