// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.collectors.bench.Measurement;
import dev.rstat.collectors.bench.Quartiles;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** One server asked for one body again and again, and what that took. */
final class ScrapeSubject {
    private final MeasuredProcess server;
    private final URI uri;
    private final ScrapeClient.Wish wish;
    private final SequencedMap<String, String> subject;
    private final @Nullable ScrapeSubject baseline;
    private final ScrapeClient client = new ScrapeClient();
    private final List<Double> wall = new ArrayList<>();
    private final List<Double> cpu = new ArrayList<>();
    private final List<Double> overBaseline = new ArrayList<>();
    private long bytes;

    /**
     * @param subject what it is called among the measurements
     * @param baseline sends the same bytes from memory, and was scraped before in the same repetition
     */
    ScrapeSubject(
            MeasuredProcess server,
            String path,
            ScrapeClient.Wish wish,
            SequencedMap<String, String> subject,
            @Nullable ScrapeSubject baseline) {
        this.server = server;
        this.uri = server.uri(path);
        this.wish = wish;
        this.subject = subject;
        this.baseline = baseline;
    }

    MeasuredProcess server() {
        return server;
    }

    SequencedMap<String, String> subject() {
        return subject;
    }

    ScrapeClient.Answer scrape() {
        return client.get(uri, wish, OutputStream.nullOutputStream());
    }

    /**
     * One repetition.
     *
     * @param count how many scrapes it is the mean of
     * @param counts whether it does; the first ones warm up
     */
    void scrape(int count, boolean counts) {
        long before = server.cpuMicroseconds();
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            bytes = scrape().bytes();
        }
        double milliseconds = (System.nanoTime() - start) / 1e6 / count;
        double used = (server.cpuMicroseconds() - before) / 1e3 / count;
        if (counts) {
            wall.add(milliseconds);
            cpu.add(used);
            if (baseline != null) {
                overBaseline.add(used / baseline.cpu.getLast());
            }
        }
    }

    Quartiles cpu() {
        return Quartiles.of(cpu);
    }

    void addTo(List<Measurement> measurements) {
        measurements.add(new Measurement(subject, "bytes", "MB", Quartiles.exactly(bytes / 1e6)));
        measurements.add(new Measurement(subject, "wall", "ms", Quartiles.of(wall)));
        measurements.add(new Measurement(subject, ScrapeBenchmark.CPU, "ms", cpu()));
        if (!overBaseline.isEmpty()) {
            measurements.add(new Measurement(subject, ScrapeBenchmark.OVER_MEMORY, "", Quartiles.of(overBaseline)));
        }
    }
}
