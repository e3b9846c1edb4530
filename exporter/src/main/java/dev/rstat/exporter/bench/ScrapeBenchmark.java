// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import dev.rstat.collectors.ServiceUser;
import dev.rstat.collectors.bench.BenchCgroups;
import dev.rstat.collectors.bench.BenchPins;
import dev.rstat.collectors.bench.DescriptorLimit;
import dev.rstat.collectors.bench.Machine;
import dev.rstat.collectors.bench.Measurement;
import dev.rstat.collectors.bench.Meter;
import dev.rstat.collectors.bench.Progress;
import dev.rstat.collectors.bench.Quartiles;
import dev.rstat.collectors.bench.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a scrape costs {@code rstat serve}, by how many cgroups there are and by format: beside a server that sends the same bytes from memory,
 * and beside simpleclient's writer. All are processes of their own with the same JVM, options and HTTP server, and take turns.
 */
public final class ScrapeBenchmark {
    static final String CPU = "CPU";
    static final String OVER_MEMORY = "CPU / from memory";

    private static final List<Integer> CGROUPS = List.of(100, 1000, 10_000, 50_000);

    /** 17 counters and gauges and a histogram for each cgroup, and cgroup_info. */
    private static final String[] COLLECTORS = {"attach", "process", "runqueue"};

    /** Makes and awaits a process for each line, and answers: events for all of these collectors. */
    private static final String EVENTS = "while read -r line; do (:); echo; done";

    private static final List<Format> FORMATS = List.of(Format.TEXT, Format.OPENMETRICS, Format.PROTOBUF);
    private static final List<Integer> LEVELS = List.of(1, 2, 3, 6);

    private static final int REPETITIONS = 15;
    private static final int QUICK_REPETITIONS = 3;
    private static final int WARM_UPS = 3;

    /** What takes seconds is repeated less. */
    private static final int SLOW_REPETITIONS = 5;

    /** A repetition is of so many cgroups' series at least: short scrapes are measured together. */
    private static final int CGROUPS_A_REPETITION = 2000;

    /** More cgroups than that take simpleclient gigabytes. */
    private static final int SIMPLECLIENT_LIMIT = 10_000;

    private static final int ALLOCATION_SCRAPES = 60;

    private final boolean quick;
    private final List<Integer> sizes;
    private final ServiceUser user;
    private final List<String> virtualMachine;
    private final String mainClass;
    private final Progress progress;
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    private ScrapeBenchmark(
            boolean quick,
            List<Integer> sizes,
            ServiceUser user,
            List<String> virtualMachine,
            String mainClass,
            Progress progress) {
        this.quick = quick;
        this.sizes = sizes;
        this.user = user;
        this.virtualMachine = virtualMachine;
        this.mainClass = mainClass;
        this.progress = progress;
    }

    /**
     * @param sizes how many cgroups there are, ascending; null for those that are usual
     * @param user whom all servers run as
     * @param virtualMachine the command that starts a JVM for {@code rstat}, up to the main class
     * @param mainClass of {@code rstat}
     * @throws RstatException if nothing can be loaded, or no server started
     */
    public static Result run(
            boolean quick,
            @Nullable List<Integer> sizes,
            String user,
            List<String> virtualMachine,
            String mainClass,
            Progress progress) {
        return new ScrapeBenchmark(
                        quick,
                        sizes == null ? defaultSizes(quick) : sizes,
                        ServiceUser.of(user),
                        virtualMachine,
                        mainClass,
                        progress)
                .run();
    }

    private static List<Integer> defaultSizes(boolean quick) {
        return quick ? CGROUPS.subList(0, 2) : CGROUPS;
    }

    private Result run() {
        Machine machine = Machine.here();
        try (BenchCgroups cgroups = BenchCgroups.create(progress, EVENTS)) {
            for (int size : sizes) {
                cgroups.grow(size);
                DescriptorLimit.raise(size).ifPresent(remarks::add);
                try (BenchPins pins = new BenchPins(user.name(), progress)) {
                    Path pinRoot = pins.load("scrape", options -> options, COLLECTORS);
                    cgroups.touch(0, size);
                    measure(size, cgroups, pinRoot);
                }
            }
        }
        remarks.add(
                "collectors %s: series, with histograms as one, and samples of text per cgroup are in the lines of text"
                        .formatted(String.join(", ", COLLECTORS)));
        remarks.add(
                "CPU: of the server's process, user and system, as its cgroup's cpu.stat has it; what a client takes is not in it");
        remarks.add(
                "rstat serve: of one snapshot, so encoding and sending; new snapshot: flush and reading in each scrape as well");
        remarks.add(
                "from memory: the same bytes, kept where the kernel sends from, in chunks of %d KiB, by the same HTTP server"
                        .formatted(Baseline.CHUNK_BYTES >> 10));
        remarks.add(
                "simpleclient: a collector makes families of a snapshot, TextFormat writes them through a BufferedWriter; writer only: of families made before");
        remarks.add(
                "allocated: by jvm_memory_pool_allocated_bytes_total, which moves with collections of garbage; peak RSS: VmHWM up to then");
        if (quick) {
            remarks.add("few repetitions: the JVM has compiled little by then");
        }
        return new Result("scrape", machine, Machine.loadNow(), measurements, remarks);
    }

    private void measure(int size, BenchCgroups cgroups, Path pinRoot) {
        try {
            Path folder = Files.createTempDirectory(
                    "rstat-bench-scrape",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            try (MeasuredProcess shared = start("shared-snapshot", service(pinRoot, "10m"), cgroups, folder);
                    MeasuredProcess fresh = start("new-snapshots", service(pinRoot, "0ms"), cgroups, folder);
                    MeasuredProcess memory =
                            start("memory", port -> baseline(BaselineServer.bytes(port, folder)), cgroups, folder);
                    MeasuredProcess simpleclient = start(
                            "simpleclient",
                            port -> baseline(BaselineServer.simpleclient(port, pinRoot)),
                            cgroups,
                            folder)) {
                measure(size, folder, shared, fresh, memory, simpleclient);
            } finally {
                delete(folder);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private MeasuredProcess start(String name, MeasuredProcess.Command command, BenchCgroups cgroups, Path folder) {
        return MeasuredProcess.start(name, user, command, cgroups, folder, progress);
    }

    private MeasuredProcess.Command service(Path pinRoot, String maxAge) {
        return port -> {
            List<String> command = new ArrayList<>(virtualMachine);
            command.addAll(List.of(
                    mainClass,
                    "serve",
                    "--pin-root=" + pinRoot,
                    "--web.listen-address=127.0.0.1:" + port,
                    "--snapshot.max-age=" + maxAge,
                    "--no-collector.cgroupfs"));
            return command;
        };
    }

    private List<String> baseline(List<String> arguments) {
        List<String> command = new ArrayList<>(virtualMachine);
        command.addAll(arguments);
        return command;
    }

    private void measure(
            int size,
            Path folder,
            MeasuredProcess shared,
            MeasuredProcess fresh,
            MeasuredProcess memory,
            MeasuredProcess simpleclient)
            throws IOException {
        List<ScrapeSubject> subjects = new ArrayList<>();
        List<ScrapeSubject> services = new ArrayList<>();
        Map<String, Path> recorded = record(shared, folder);
        for (Format format : FORMATS) {
            for (boolean gzip : new boolean[] {false, true}) {
                Path body = recorded.get(file(format, gzip));
                if (body == null) {
                    continue;
                }
                ScrapeClient.Wish wish = new ScrapeClient.Wish(format.accept(), gzip);
                ScrapeSubject stored = new ScrapeSubject(
                        memory,
                        BaselineController.PATH + body.getFileName(),
                        wish,
                        subject(size, "from memory", format, gzip),
                        null);
                ScrapeSubject service =
                        new ScrapeSubject(shared, "/metrics", wish, subject(size, "rstat serve", format, gzip), stored);
                subjects.addAll(List.of(stored, service));
                services.add(service);
            }
        }
        ScrapeSubject stored = subjects.getFirst();
        ScrapeClient.Wish text = new ScrapeClient.Wish(Format.TEXT.accept(), false);
        ScrapeSubject anew = new ScrapeSubject(
                fresh, "/metrics", text, subject(size, "rstat serve, new snapshot", Format.TEXT, false), stored);
        subjects.add(anew);
        services.add(anew);
        List<ScrapeSubject> slow = new ArrayList<>();
        if (size <= SIMPLECLIENT_LIMIT) {
            for (String name : List.of(SimpleclientText.COLLECT, SimpleclientText.WRITE)) {
                String sender = name.equals(SimpleclientText.COLLECT) ? "simpleclient" : "simpleclient, writer only";
                slow.add(new ScrapeSubject(
                        simpleclient,
                        BaselineController.PATH + name,
                        text,
                        subject(size, sender, Format.TEXT, false),
                        stored));
            }
        } else {
            remarks.add("simpleclient: not measured at %d cgroups, which would take it gigabytes".formatted(size));
        }
        repeat(size, subjects, slow);
        Path plain = folder.resolve(file(Format.TEXT, false));
        count(size, plain, services.getFirst());
        for (ScrapeSubject subject : subjects) {
            subject.addTo(measurements);
        }
        for (ScrapeSubject subject : slow) {
            subject.addTo(measurements);
            measurements.add(new Measurement(
                    subject.subject(),
                    "CPU / rstat serve",
                    "",
                    Quartiles.exactly(
                            subject.cpu().median() / services.getFirst().cpu().median())));
        }
        for (ScrapeSubject service : services) {
            allocation(service);
        }
        for (Format format : FORMATS) {
            Path body = recorded.get(file(format, false));
            if (body != null) {
                levels(size, format, Files.readAllBytes(body));
            }
        }
    }

    private static SequencedMap<String, String> subject(int size, String sender, Format format, boolean gzip) {
        return Measurement.subject(
                "cgroups", size, "sender", sender, "format", format.name(), "encoding", gzip ? "gzip" : "-");
    }

    private static String file(Format format, boolean gzip) {
        return format.name() + (gzip ? StoredBytes.GZIP_SUFFIX : "");
    }

    /** Writes each body that the service offers into a file. */
    private Map<String, Path> record(MeasuredProcess service, Path folder) throws IOException {
        Map<String, Path> bodies = new LinkedHashMap<>();
        ScrapeClient client = new ScrapeClient();
        for (Format format : FORMATS) {
            for (boolean gzip : new boolean[] {false, true}) {
                Path file = folder.resolve(file(format, gzip));
                ScrapeClient.Answer answer;
                try (OutputStream out = Files.newOutputStream(file)) {
                    answer = client.get(service.uri("/metrics"), new ScrapeClient.Wish(format.accept(), gzip), out);
                }
                if (answer.contentType().equals(format.contentType()) && answer.gzip() == gzip) {
                    bodies.put(file(format, gzip), file);
                } else {
                    String missing = "%s%s: not offered".formatted(format.name(), gzip ? ", gzip" : "");
                    if (!remarks.contains(missing)) {
                        remarks.add(missing);
                    }
                }
            }
        }
        return bodies;
    }

    private void repeat(int size, List<ScrapeSubject> subjects, List<ScrapeSubject> slow) {
        int count = Math.max(1, CGROUPS_A_REPETITION / size);
        int repetitions = quick ? QUICK_REPETITIONS : REPETITIONS;
        Meter meter = new Meter(progress, "%d cgroups: repetition".formatted(size), repetitions);
        for (int repetition = -WARM_UPS; repetition < repetitions; repetition++) {
            for (ScrapeSubject subject : subjects) {
                subject.scrape(count, repetition >= 0);
            }
            if (repetition < SLOW_REPETITIONS) {
                for (ScrapeSubject subject : slow) {
                    subject.scrape(Math.max(1, count / 5), repetition >= 0);
                }
            }
            meter.at(repetition + 1);
        }
    }

    /** How much there is of what the cgroups' families say. */
    private void count(int size, Path text, ScrapeSubject service) throws IOException {
        long samples = 0;
        long series = 0;
        try (var lines = Files.lines(text)) {
            for (String line : (Iterable<String>) lines::iterator) {
                if (line.startsWith("cgroup_")) {
                    samples++;
                    series += line.contains("_bucket{") || line.contains("_sum{") ? 0 : 1;
                }
            }
        }
        measurements.add(new Measurement(
                service.subject(),
                "series per cgroup",
                "",
                Quartiles.exactly(Math.round(10.0 * series / size) / 10.0)));
        measurements.add(new Measurement(service.subject(), "samples", "", Quartiles.exactly((double) samples)));
    }

    private void allocation(ScrapeSubject service) {
        int scrapes = quick ? ALLOCATION_SCRAPES / 4 : ALLOCATION_SCRAPES;
        double before = allocated(service.server());
        for (int i = 0; i < scrapes; i++) {
            progress.check();
            service.scrape();
        }
        double megabytes = (allocated(service.server()) - before) / 1e6 / (scrapes + 1);
        measurements.add(new Measurement(service.subject(), "allocated", "MB", Quartiles.exactly(megabytes)));
        measurements.add(new Measurement(
                service.subject(),
                "peak RSS",
                "MiB",
                Quartiles.exactly(service.server().peakMiB())));
    }

    /** Bytes that the service's JVM has allocated up to its last collection. */
    private static double allocated(MeasuredProcess service) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        new ScrapeClient().get(service.uri("/metrics"), new ScrapeClient.Wish(Format.TEXT.accept(), false), body);
        return body.toString(UTF_8)
                .lines()
                .filter(line -> line.startsWith("jvm_memory_pool_allocated_bytes_total{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private void levels(int size, Format format, byte[] body) {
        for (int level : LEVELS) {
            progress.check();
            GzipLevel.Cost cost = GzipLevel.measure(level, body);
            SequencedMap<String, String> subject = subject(size, "gzip level " + level, format, true);
            measurements.add(new Measurement(subject, "bytes", "MB", Quartiles.exactly(cost.bytes() / 1e6)));
            measurements.add(new Measurement(subject, CPU, "ms", Quartiles.exactly(cost.milliseconds())));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
