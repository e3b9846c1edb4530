// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.rstat.collectors.Await;
import dev.rstat.collectors.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks measure something, in plausible figures, and leave nothing behind. */
@Tag("host")
class BenchHostTest {
    private static final Path CGROUPS = Host.cgroupRoot().resolve("rstat-bench");
    private static final Path PINS = Path.of("/run/rstat-bench");

    @TempDir
    private Path folder = Path.of("/");

    private record Figure(String subject, String quantity, double median) {}

    @AfterEach
    void nothingIsLeftBehind() {
        assertThat(CGROUPS).doesNotExist();
        assertThat(PINS).doesNotExist();
    }

    private List<Figure> run(String benchmark) throws IOException {
        Path json = folder.resolve("figures.json");
        Path svg = folder.resolve("figures.svg");
        InstalledCommand.Outcome outcome = InstalledCommand.execute(
                InstalledCommand.plain("bench", benchmark, "--quick", "--json=" + json, "--svg=" + svg));
        System.out.println(outcome.assertDone().out());
        assertThat(outcome.out()).contains("CPUs, kernel ");
        assertThat(svg).content().contains("<svg", "</svg>");
        return figures(json);
    }

    /** The measurements' medians; what names them, put together. */
    private static List<Figure> figures(Path json) throws IOException {
        List<Figure> figures = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json.toFile())) {
            StringBuilder subject = new StringBuilder();
            String quantity = "";
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_OBJECT) {
                    subject.setLength(0);
                } else if (token == JsonToken.VALUE_STRING && "quantity".equals(parser.currentName())) {
                    quantity = parser.getText();
                } else if (token == JsonToken.VALUE_STRING) {
                    subject.append(parser.getText()).append(' ');
                } else if ("median".equals(parser.currentName()) && token.isNumeric()) {
                    figures.add(new Figure(subject.toString(), quantity, parser.getDoubleValue()));
                }
            }
        }
        assertThat(figures).isNotEmpty();
        return figures;
    }

    private static List<Double> medians(List<Figure> figures, String quantity, String subject) {
        List<Double> medians = figures.stream()
                .filter(figure ->
                        figure.quantity().equals(quantity) && figure.subject().contains(subject))
                .map(Figure::median)
                .toList();
        assertThat(medians).as(quantity + " of " + subject).isNotEmpty();
        return medians;
    }

    @Test
    void eventsTakeMoreThanAnEmptyProgram() throws IOException {
        List<Figure> figures = run("events");
        for (String program : List.of("runqueue run", "attach attached")) {
            assertThat(medians(figures, "program", program)).allMatch(time -> time > 10 && time < 100_000);
            assertThat(medians(figures, "over empty", program)).allMatch(time -> time > 0);
        }
        assertThat(medians(figures, "over empty", "hash map")).isNotEmpty();
        assertThat(medians(figures, "over empty", "cgroup storage")).isNotEmpty();
    }

    @Test
    void aWalkTakesLongerTheMoreCgroupsThereAre() throws IOException {
        List<Figure> figures = run("flush");
        double few = medians(figures, "walk", "100 10 ").getFirst();
        double many = medians(figures, "walk", "1000 10 ").getFirst();
        assertThat(few).isPositive();
        assertThat(many).isGreaterThan(few).isLessThan(10_000_000);
    }

    @Test
    void filesThatAreKeptOpenAreReadInLessTime() throws IOException {
        List<Figure> figures = run("cgroupfs");
        assertThat(medians(figures, "files", "1000 ").getFirst()).isGreaterThan(1000);
        assertThat(medians(figures, "open, read, close / kept open", "1000 ").getFirst())
                .isGreaterThan(1);
    }

    @Test
    void everyStoreIsReadAndTakesMemory() throws IOException {
        List<Figure> figures = run("stores");
        for (String store : List.of("hash", "cgroup-storage", "mmap-array")) {
            for (String quantity : List.of("read", "copy", "flush", "memory")) {
                assertThat(medians(figures, quantity, "1000 " + store))
                        .as("%s of %s", quantity, store)
                        .allMatch(median -> median > 0 && median < 10_000_000);
            }
        }
    }

    @Test
    void othersWorkIsCountedWithCollectorsAndWithout() throws IOException {
        List<Figure> figures = run("overhead");
        assertThat(medians(figures, "collectors: none", "context switches")).allMatch(rate -> rate > 1000);
        assertThat(medians(figures, "all", "block reads")).allMatch(rate -> rate > 10);
        // What two processes that only hand each other a byte lose is more than chance, and they do not stand still.
        assertThat(medians(figures, "all / none", "nothing but context switches"))
                .allMatch(share -> share > 0.1 && share < 1);
    }

    @Test
    void anInterruptedBenchmarkCleansUpToo() throws Exception {
        Process bench = new ProcessBuilder(InstalledCommand.plain("bench", "flush"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        Await.until("the benchmark has made cgroups", Duration.ofMinutes(2), () -> Files.exists(CGROUPS.resolve("g1")));
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(bench.pid()))
                        .start()
                        .waitFor())
                .isZero();
        assertThat(bench.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).isNotZero();
    }
}
