// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.PinnedCollectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What all collectors together take from others' work: how much of it is done in a time while they are loaded and read once a second,
 * against how much while nothing is. By turns, and each turn is compared with its neighbour: what a shared machine does to both cancels
 * out.
 */
public final class OverheadBenchmark {
    private static final int REPETITIONS = 15;
    private static final int QUICK_REPETITIONS = 1;
    private static final int SPAN_MS = 1500;
    private static final int WARM_UP_MS = 300;
    private static final int READ_EVERY_MS = 1000;
    private static final int FILE_BLOCKS = 32 << 10;
    private static final String NONE = "none";
    private static final String ALL = "all";

    /** What others do meanwhile. {@code bytes} are handed over with each two switches. */
    private record Stress(String name, int bytes, boolean reads) {}

    private static final List<Stress> STRESSES = List.of(
            new Stress("nothing but context switches", 1, false),
            new Stress("32 KiB with each two switches", 32 << 10, false),
            new Stress("the same, and block reads", 32 << 10, true));

    private final String user;
    private final Progress progress;
    private final Path file;
    private final Map<Stress, Map<String, Map<String, List<Double>>>> rates = new LinkedHashMap<>();

    private OverheadBenchmark(String user, Path file, Progress progress) {
        this.user = user;
        this.file = file;
        this.progress = progress;
    }

    /**
     * @param file read for block IO, on a block device or one itself; null for one that is made in the directory for temporary files
     * @throws RstatException if nothing can be loaded, or no block device is there
     */
    public static Result run(boolean quick, String user, @Nullable Path file, Progress progress) {
        Machine machine = Machine.here();
        if (file != null) {
            return run(quick, machine, new OverheadBenchmark(user, file, progress));
        }
        Path made = make();
        try {
            return run(quick, machine, new OverheadBenchmark(user, made, progress));
        } finally {
            delete(made);
        }
    }

    private static Result run(boolean quick, Machine machine, OverheadBenchmark benchmark) {
        List<String> collectors = benchmark.measure(quick ? QUICK_REPETITIONS : REPETITIONS);
        return new Result(
                "overhead",
                machine,
                Machine.loadNow(),
                benchmark.measurements(),
                List.of(
                        "all: %s, read once a second as by a scrape".formatted(String.join(", ", collectors)),
                        "all / none: work done with all collectors, of that done with none in the turn beside it, %d ms each"
                                .formatted(SPAN_MS),
                        "goal: 0.98 or more at 100,000 context switches a second and block IO"));
    }

    private static Path make() {
        try {
            Path made = Files.createTempFile("rstat-bench", "");
            Files.write(made, new byte[FILE_BLOCKS * DirectReads.BLOCK]);
            return made;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void delete(Path made) {
        try {
            Files.delete(made);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** @return the collectors that there were */
    private List<String> measure(int repetitions) {
        List<String> collectors = List.of();
        try (BenchCgroups cgroups = BenchCgroups.create(progress)) {
            for (int repetition = 0; repetition < repetitions; repetition++) {
                progress.say("repetition %d of %d".formatted(repetition + 1, repetitions));
                boolean loadedFirst = repetition % 2 == 0;
                if (!loadedFirst) {
                    turn(cgroups, NONE);
                }
                try (BenchPins pins = new BenchPins(user, progress)) {
                    Path root = pins.load(
                            "all", UnaryOperator.identity(), Loader.builtIn().toArray(String[]::new));
                    collectors = Loader.loaded(root);
                    try (PinnedCollectors open = PinnedCollectors.open(root)) {
                        Thread reader = Thread.ofPlatform().name("reader").start(() -> read(open));
                        turn(cgroups, ALL);
                        reader.interrupt();
                        join(reader);
                    }
                }
                if (loadedFirst) {
                    turn(cgroups, NONE);
                }
            }
        }
        return collectors;
    }

    private static void read(PinnedCollectors open) {
        while (!Thread.currentThread().isInterrupted()) {
            open.snapshot();
            try {
                Thread.sleep(READ_EVERY_MS);
            } catch (InterruptedException end) {
                return;
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private void turn(BenchCgroups cgroups, String collectors) {
        for (Stress stress : STRESSES) {
            progress.check();
            try (Handover handover = new Handover(cgroups.top().resolve("stress"), stress.bytes());
                    @Nullable DirectReads reads = stress.reads()
                                    ? new DirectReads(cgroups.top().resolve("reads"), file)
                                    : null) {
                Pause.millis(WARM_UP_MS);
                long switchesBefore = handover.switches();
                long readsBefore = reads == null ? 0 : reads.reads();
                long start = System.nanoTime();
                Pause.millis(SPAN_MS);
                double seconds = (System.nanoTime() - start) / 1e9;
                add(stress, "context switches", collectors, (handover.switches() - switchesBefore) / seconds);
                if (reads != null) {
                    add(stress, "block reads", collectors, (reads.reads() - readsBefore) / seconds);
                }
            }
        }
    }

    private void add(Stress stress, String work, String collectors, double rate) {
        rates.computeIfAbsent(stress, _ -> new LinkedHashMap<>())
                .computeIfAbsent(work, _ -> new LinkedHashMap<>())
                .computeIfAbsent(collectors, _ -> new ArrayList<>())
                .add(rate);
    }

    private List<Measurement> measurements() {
        List<Measurement> measurements = new ArrayList<>();
        rates.forEach((stress, works) -> works.forEach((work, rate) -> {
            SequencedMap<String, String> subject = Measurement.subject("others' work", stress.name(), "counted", work);
            List<Double> without = rate.getOrDefault(NONE, List.of());
            List<Double> with = rate.getOrDefault(ALL, List.of());
            List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < without.size(); i++) {
                ratios.add(with.get(i) / without.get(i));
            }
            measurements.add(new Measurement(subject, "collectors: none", "1/s", Quartiles.of(without)));
            measurements.add(new Measurement(subject, "all", "1/s", Quartiles.of(with)));
            measurements.add(new Measurement(subject, "all / none", "", Quartiles.of(ratios)));
        }));
        return measurements;
    }
}
