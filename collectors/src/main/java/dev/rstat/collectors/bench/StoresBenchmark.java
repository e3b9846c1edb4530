// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CollectorSource;
import dev.rstat.collectors.EventPrograms;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.PinnedTotals;
import dev.rstat.collectors.ResultStore;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.FileDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The result stores beside each other: all are loaded, see the same events of the same cgroups, and are flushed and read in turns. In every
 * cgroup something was counted.
 */
public final class StoresBenchmark {
    /** Read and flushed: its totals are as large as most. */
    private static final String READ = "runqueue";

    /** Timed: it has exactly one event for each cgroup that a process is moved to. */
    private static final String TIMED = "attach";

    private static final String TIMED_HOOK = "tp_btf/cgroup_attach_task";

    private static final List<Integer> CGROUPS = List.of(100, 1000, 10_000, 50_000);
    private static final int REPETITIONS = 31;
    private static final int FILL_ATTEMPTS = 5;
    private static final int QUICK_REPETITIONS = 5;

    /** Cgroups in which something is counted before each flush. */
    private static final int UPDATED = 100;

    private static final List<String> QUANTITIES = List.of("read", "copy", "read / copy", "flush", "event", "memory");

    /** The parts of local storage: the kernel tells their size without the values in them. */
    private static final List<String> LOCAL_MAPS = List.of("cells", "totals_local", "slots");

    private static final List<String> OTHER_MAPS =
            List.of("percpu", "totals", "totals_array", "pending_array", "free_slots");

    /** {@code struct bpf_local_storage_elem} before the value, about; and a {@code struct bpf_local_storage} for each cgroup, shared. */
    private static final int LOCAL_HEADER = 64;

    private final boolean quick;
    private final String user;
    private final Progress progress;
    private final Machine machine = Machine.here();
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    private StoresBenchmark(boolean quick, String user, Progress progress) {
        this.quick = quick;
        this.user = user;
        this.progress = progress;
    }

    /**
     * @throws RstatException if nothing can be loaded
     */
    public static Result run(boolean quick, String user, Progress progress) {
        return new StoresBenchmark(quick, user, progress).run();
    }

    private Result run() {
        List<ResultStore> stores =
                Loader.hasCgroupStorage() ? List.of(ResultStore.values()) : List.of(ResultStore.HASH);
        try (BenchCgroups cgroups = BenchCgroups.create(progress);
                FileDescriptor counting = BpfProgram.countRuns()) {
            counting.number();
            for (int size : quick ? CGROUPS.subList(0, 2) : CGROUPS) {
                cgroups.grow(size);
                DescriptorLimit.raise(size)
                        .map("%d cgroups: cgroup-storage opens some anew each time: %%s".formatted(size)::formatted)
                        .ifPresent(remarks::add);
                // Anew for each number of cgroups: that is what the loader sizes an array by.
                try (BenchPins pins = new BenchPins(user, progress)) {
                    measure(stores, size, cgroups, pins);
                }
            }
        }
        remarks.add(
                "read, flush and memory are of collector %s; event is of %s, over an empty program at the same events, the call that marks the cgroup updated included; both stores in local storage have the same"
                        .formatted(READ, TIMED));
        remarks.add("read: totals only, without a flush; copy: the same bytes from memory to memory");
        remarks.add("flush: with something counted in %d cgroups since the last".formatted(UPDATED));
        remarks.add(
                "memory: memlock of the collector's maps in /proc/self/fdinfo, and for values in cgroup local storage, which it leaves out, their size and number");
        if (stores.size() == 1) {
            remarks.add("only the hash map: this kernel has no cgroup local storage (Linux 6.2 has)");
        }
        return new Result("stores", machine, Machine.loadNow(), measurements, remarks);
    }

    private void measure(List<ResultStore> stores, int size, BenchCgroups cgroups, BenchPins pins) {
        List<Subject> subjects = new ArrayList<>();
        for (ResultStore store : stores) {
            pins.load(store.label(), options -> options.withStore(Optional.of(store)), READ);
            subjects.add(new Subject(store, pins.totals(store.label(), READ)));
        }
        events(subjects, size, cgroups);
        readings(subjects, size, cgroups);
        for (Subject subject : subjects) {
            subject.add("memory", "MiB", memory(subject.totals, size) / 1048576.0);
            subject.addTo(measurements, size);
        }
    }

    private int repetitions() {
        return quick ? QUICK_REPETITIONS : REPETITIONS;
    }

    /** Each store's program alone, in turns, and finds values of another cgroup than at the last event. */
    private void events(List<Subject> subjects, int size, BenchCgroups cgroups) {
        List<Subject> order = new ArrayList<>(subjects);
        List<BpfLink> links = new ArrayList<>();
        try (Baselines baselines = Baselines.attach(TIMED_HOOK)) {
            CollectorSource source = Loader.builtIn(List.of(TIMED)).getFirst();
            for (Subject subject : subjects) {
                EventPrograms events = EventPrograms.load(source, subject.store != ResultStore.HASH);
                subject.events = events;
                events.makeTotals();
                links.add(events.programs().getFirst().attach());
            }
            // Values are made at a cgroup's first event.
            cgroups.touch(0, size);
            links.forEach(BpfLink::close);
            links.clear();
            int part = Math.max(size / repetitions(), UPDATED);
            Meter meter = new Meter(progress, "%d cgroups, events: repetition".formatted(size), repetitions());
            for (int repetition = 0; repetition < repetitions(); repetition++) {
                for (Subject subject : order) {
                    subject.add("event", "ns", event(subject, baselines, () -> cgroups.move(part)));
                }
                order.add(order.removeFirst());
                meter.at(repetition + 1);
            }
        } finally {
            links.forEach(BpfLink::close);
            subjects.forEach(Subject::closeEvents);
        }
    }

    private static double event(Subject subject, Baselines baselines, Runnable moves) {
        BpfProgram program = Objects.requireNonNull(subject.events).programs().getFirst();
        try (BpfLink link = program.attach()) {
            link.fd();
            baselines.mark();
            BpfProgram.Runs before = program.runs();
            moves.run();
            return program.runs().since(before).mean()
                    - baselines.spent().getFirst().mean();
        }
    }

    private void readings(List<Subject> subjects, int size, BenchCgroups cgroups) {
        List<Subject> order = new ArrayList<>(subjects);
        PinnedTotals any = subjects.getFirst().totals;
        List<Cgroup> tree = any.tree();
        long[] from = new long[size * any.words()];
        long[] to = new long[from.length];
        fill(subjects, tree, size, cgroups);
        Meter meter = new Meter(progress, "%d cgroups, readings: repetition".formatted(size), repetitions());
        // The first warms up.
        for (int repetition = 0; repetition <= repetitions(); repetition++) {
            cgroups.touch(repetition * UPDATED, UPDATED);
            for (Subject subject : order) {
                double flush = Stopwatch.microseconds(subject.totals::flush);
                double read = subject.readable ? Stopwatch.microseconds(() -> read(subject, tree, size)) : 0;
                double copy = Stopwatch.microseconds(() -> System.arraycopy(from, 0, to, 0, from.length));
                if (repetition > 0) {
                    subject.add("flush", "us", flush);
                    if (subject.readable) {
                        subject.add("read", "us", read);
                        subject.add("copy", "us", copy);
                        subject.add("read / copy", "", read / copy);
                    }
                }
            }
            order.add(order.removeFirst());
            meter.at(repetition);
        }
    }

    /** A hash map on a busy machine may have no memory at hand when a total is to be made: the next event makes it. */
    private static void fill(List<Subject> subjects, List<Cgroup> tree, int size, BenchCgroups cgroups) {
        for (int attempt = 0; attempt < FILL_ATTEMPTS; attempt++) {
            boolean full = true;
            for (Subject subject : subjects) {
                subject.totals.flush();
                full &= subject.totals.read(tree) >= size;
            }
            if (full) {
                return;
            }
            cgroups.touch(0, size);
        }
    }

    private void read(Subject subject, List<Cgroup> tree, int size) {
        String reason;
        try {
            int rows = subject.totals.read(tree);
            if (rows >= size) {
                return;
            }
            reason = "only %d cgroups have totals".formatted(rows);
        } catch (RstatException failure) {
            reason = String.valueOf(failure.getMessage());
        }
        subject.readable = false;
        remarks.add("%s at %d cgroups: not read: %s".formatted(subject.store.label(), size, reason));
    }

    private static long memory(PinnedTotals totals, int cgroups) {
        long bytes = 0;
        for (String map : OTHER_MAPS) {
            bytes += totals.mapMemory(map);
        }
        for (String map : LOCAL_MAPS) {
            int value = totals.valueSize(map);
            bytes += value == 0 ? 0 : totals.mapMemory(map) + (long) cgroups * (value + LOCAL_HEADER);
        }
        return bytes;
    }

    /** One store and what was seen of it at one number of cgroups. */
    private static final class Subject {
        final ResultStore store;
        final PinnedTotals totals;

        @Nullable EventPrograms events;

        boolean readable = true;
        private final Map<String, List<Double>> values = new HashMap<>();
        private final Map<String, String> units = new HashMap<>();

        Subject(ResultStore store, PinnedTotals totals) {
            this.store = store;
            this.totals = totals;
        }

        void closeEvents() {
            if (events != null) {
                events.close();
            }
        }

        void add(String quantity, String unit, double value) {
            units.put(quantity, unit);
            values.computeIfAbsent(quantity, _ -> new ArrayList<>()).add(value);
        }

        void addTo(List<Measurement> measurements, int size) {
            SequencedMap<String, String> subject = Measurement.subject("cgroups", size, "store", store.label());
            for (String quantity : QUANTITIES) {
                List<Double> samples = values.getOrDefault(quantity, List.of());
                if (!samples.isEmpty()) {
                    measurements.add(new Measurement(
                            subject, quantity, units.getOrDefault(quantity, ""), Quartiles.of(samples)));
                }
            }
        }
    }
}
