// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.FilesAgent;
import dev.rstat.collectors.Host;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.collectors.libbpf.KernelFiles;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/**
 * What stats files cost: making those of all cgroups, what they take of the kernel's memory, reading one, how soon a new cgroup has its
 * files, and what the files agent does while nothing happens. With one collector, so with one file per cgroup, and with all.
 */
public final class FilesBenchmark {
    private static final List<Integer> CGROUPS = List.of(1000, 10_000);
    private static final int BURST = 1000;
    private static final int BURSTS = 9;
    private static final int ORDINARY = 300;
    private static final int TURNS = 4;
    private static final int ORDINARY_AT_ONCE = 20;
    private static final int READS = 500;
    private static final int BUFFER = 32 * 1024;
    private static final long REST_MILLISECONDS = 10_000;
    private static final String ONE = "attach";
    private static final Path TASKS = Path.of("/proc/self/task");

    private FilesBenchmark() {}

    /**
     * @throws RstatException if nothing can be loaded
     */
    public static Result run(boolean quick, String user, Progress progress) {
        Machine machine = Machine.here();
        List<Measurement> measurements = new ArrayList<>();
        bare("none, nothing loaded", progress, measurements);
        try (BenchPins pins = new BenchPins(user, progress)) {
            pins.load("files", UnaryOperator.identity(), ONE);
            bare("none", progress, measurements);
        }
        if (Loader.hasRstatMode()) {
            ordinary(user, progress, measurements);
        }
        for (int size : quick ? CGROUPS.subList(0, 1) : CGROUPS) {
            for (List<String> collectors : List.of(List.of(ONE), Loader.builtIn())) {
                try (BenchPins pins = new BenchPins(user, progress);
                        BenchCgroups cgroups = BenchCgroups.create(progress)) {
                    Path root = pins.load(
                            "files",
                            options -> options.withFiles(true).withMaxCgroups(2 * size + 2 * BURST),
                            collectors.toArray(String[]::new));
                    measure(root, size, cgroups, progress, measurements);
                }
            }
        }
        List<String> remarks = List.of(
                "make all: `rstat files sync` where no cgroup has files; look: the agent's first, at all files there are",
                "memory: growth of Slab in /proc/meminfo, per file, its directory included",
                "read: open, read, close of a cgroup's file, flush included where one is due",
                "ordinary file: creat, close, unlink; delegated to a group, the hooks of the policy are called",
                "mkdir to file: of each of %d bursts of %d mkdirs, from mkdir's return to when the last of its files was read"
                        .formatted(BURSTS, BURST),
                "rmdirs to gone: from the last rmdir of a burst to when the last file was gone",
                "rmdirs to freed: to when nr_dying_descendants was at its start; the kernel's own part of it is that without files",
                "at rest: CPU time of the agent's thread while no cgroup comes or goes");
        return new Result("files", machine, Machine.loadNow(), measurements, remarks);
    }

    private static void measure(
            Path root, int size, BenchCgroups cgroups, Progress progress, List<Measurement> measurements) {
        int collectors = Loader.loaded(root).size();
        SequencedMap<String, String> subject = Measurement.subject("cgroups", size, "files per cgroup", collectors);
        cgroups.grow(size);
        progress.say("making files");
        long slab = slab();
        long start = System.nanoTime();
        int files = StatsFiles.sync(root, _ -> {});
        double made = System.nanoTime() - start;
        measurements.add(new Measurement(subject, "files", "", Quartiles.exactly(files)));
        measurements.add(new Measurement(subject, "make all", "ms", Quartiles.exactly(made / 1e6)));
        measurements.add(new Measurement(subject, "make all, per file", "us", Quartiles.exactly(made / 1e3 / files)));
        measurements.add(new Measurement(
                subject, "memory, per file", "bytes", Quartiles.exactly((double) (slab() - slab) / files)));
        measurements.add(new Measurement(subject, "read", "us", Quartiles.of(reads(root, cgroups))));

        progress.say("starting the agent");
        start = System.nanoTime();
        try (FilesAgent agent = FilesAgent.start(root, _ -> {})) {
            while (agent.state().rescans() == 0) {
                progress.check();
                Pause.millis(1);
            }
            measurements.add(
                    new Measurement(subject, "look", "ms", Quartiles.exactly((System.nanoTime() - start) / 1e6)));
            bursts(root, cgroups, subject, measurements);
            progress.say("leaving the agent at rest");
            long before = agentNanoseconds();
            Pause.millis(REST_MILLISECONDS);
            measurements.add(new Measurement(
                    subject,
                    "at rest",
                    "% of a CPU",
                    Quartiles.exactly((agentNanoseconds() - before) / 1e4 / REST_MILLISECONDS)));
        }
    }

    private static List<Double> reads(Path root, BenchCgroups cgroups) {
        List<Double> microseconds = new ArrayList<>();
        byte[] buffer = new byte[BUFFER];
        for (int i = 0; i < READS; i++) {
            Path file = file(root, cgroups.leaf(i), ONE);
            microseconds.add(Stopwatch.microseconds(() -> read(file, buffer)));
        }
        return microseconds;
    }

    private static Path file(Path root, Path cgroup, String collector) {
        return StatsFiles.path(root, "/" + Host.cgroupRoot().relativize(cgroup), collector);
    }

    private static int read(Path file, byte[] buffer) {
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            return in.read(buffer);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void bursts(
            Path root, BenchCgroups cgroups, SequencedMap<String, String> subject, List<Measurement> measurements) {
        // The last that is made of each cgroup.
        String last = Loader.loaded(root).getLast();
        Map<String, List<Double>> milliseconds = new LinkedHashMap<>();
        for (int i = 0; i < BURSTS; i++) {
            Burst burst = new Burst(cgroups.top(), BURST);
            List<Path> files = burst.directories().stream()
                    .map(cgroup -> file(root, cgroup, last))
                    .toList();
            burst(burst, files)
                    .forEach((what, took) -> milliseconds
                            .computeIfAbsent(what, _ -> new ArrayList<>())
                            .add(took));
        }
        milliseconds.forEach(
                (what, took) -> measurements.add(new Measurement(subject, what, "ms", Quartiles.of(took))));
    }

    /** What one burst took, in milliseconds. */
    private static Map<String, Double> burst(Burst burst, List<Path> files) {
        long[] made = new long[BURST];
        List<Double> delays = new ArrayList<>();
        Thread maker = Thread.ofPlatform().start(() -> burst.make(made));
        byte[] buffer = new byte[BUFFER];
        List<Long> readable = new ArrayList<>();
        for (Path file : files) {
            Burst.await(file, true);
            read(file, buffer);
            readable.add(System.nanoTime());
        }
        join(maker);
        for (int i = 0; i < BURST; i++) {
            delays.add((readable.get(i) - made[i]) / 1e6);
        }
        delays.sort(null);
        Map<String, Double> took = new LinkedHashMap<>();
        took.put("mkdir to file, p50", delays.get(BURST / 2));
        took.put("mkdir to file, p99", delays.get(BURST * 99 / 100));
        long start = System.nanoTime();
        burst.remove();
        long removed = System.nanoTime();
        files.forEach(file -> Burst.await(file, false));
        long gone = System.nanoTime();
        burst.awaitFreed();
        took.put("rmdirs", (removed - start) / 1e6);
        took.put("rmdirs to gone", (gone - removed) / 1e6);
        took.put("rmdirs to freed", (System.nanoTime() - removed) / 1e6);
        return took;
    }

    /**
     * What the hooks of the policy (bpf/policy.bpf.c) cost everybody: they are there once files are delegated to a group, and are called
     * for each inode of the machine. By turns, as the machine has other things to do as well.
     */
    private static void ordinary(String user, Progress progress, List<Measurement> measurements) {
        List<Double> without = new ArrayList<>();
        List<Double> with = new ArrayList<>();
        createAndRemove(); // until it is compiled
        for (int turn = 0; turn < TURNS; turn++) {
            try (BenchPins pins = new BenchPins(user, progress)) {
                pins.load("files", UnaryOperator.identity(), ONE);
                without.addAll(createAndRemove());
                pins.load("files", options -> options.withFilesGroup(user), ONE);
                with.addAll(createAndRemove());
            }
        }
        String quantity = "create and remove an ordinary file";
        measurements.add(new Measurement(
                Measurement.subject("cgroups", BURST, "files per cgroup", "none"),
                quantity,
                "us",
                Quartiles.of(without)));
        measurements.add(new Measurement(
                Measurement.subject("cgroups", BURST, "files per cgroup", "none, delegated to a group"),
                quantity,
                "us",
                Quartiles.of(with)));
    }

    private static List<Double> createAndRemove() {
        Path file = Path.of(System.getProperty("java.io.tmpdir"), "rstat-bench-ordinary");
        List<Double> microseconds = new ArrayList<>();
        for (int i = 0; i < ORDINARY; i++) {
            microseconds.add(Stopwatch.microseconds(() -> KernelFiles.createAndRemove(file, ORDINARY_AT_ONCE))
                    / ORDINARY_AT_ONCE);
        }
        return microseconds;
    }

    /** The same burst where no cgroup has files. */
    private static void bare(String what, Progress progress, List<Measurement> measurements) {
        try (BenchCgroups cgroups = BenchCgroups.create(progress)) {
            Burst burst = new Burst(cgroups.top(), BURST);
            burst.make(new long[BURST]);
            long start = System.nanoTime();
            burst.remove();
            long removed = System.nanoTime();
            burst.awaitFreed();
            SequencedMap<String, String> subject = Measurement.subject("cgroups", BURST, "files per cgroup", what);
            measurements.add(new Measurement(subject, "rmdirs", "ms", Quartiles.exactly((removed - start) / 1e6)));
            measurements.add(new Measurement(
                    subject, "rmdirs to freed", "ms", Quartiles.exactly((System.nanoTime() - removed) / 1e6)));
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Bytes. */
    private static long slab() {
        try {
            return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                    .filter(line -> line.startsWith("Slab:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .sum();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** CPU time of the agent's threads: the first number of their schedstat. */
    private static long agentNanoseconds() {
        long nanoseconds = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                if (Files.readString(task.resolve("comm")).startsWith("files-agent")) {
                    String schedstat = Files.readString(task.resolve("schedstat"));
                    nanoseconds += Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        if (nanoseconds == 0) {
            throw new RstatException("the files agent has ended");
        }
        return nanoseconds;
    }
}
