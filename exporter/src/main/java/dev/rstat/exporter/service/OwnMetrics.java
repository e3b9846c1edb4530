// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.exporter.exposition.Format;
import dev.rstat.exporter.exposition.SampleMessages;
import dev.rstat.exporter.snapshot.Reading;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Summary;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** What the exporter tells of itself and its JVM: all that is not read from the kernel. */
public final class OwnMetrics implements Consumer<Reading> {
    private final CollectorRegistry registry = new CollectorRegistry();
    private final Counter snapshots =
            Counter.build("rstat_snapshots_total", "Snapshots tried.").register(registry);
    private final Counter snapshotFailures = Counter.build(
                    "rstat_snapshot_failures_total", "Snapshots that could not be taken.")
            .register(registry);
    private final Counter retries = Counter.build(
                    "rstat_snapshot_retries_total", "Readings given up because a flush changed totals meanwhile.")
            .register(registry);
    private final Counter inconsistent = Counter.build(
                    "rstat_snapshot_inconsistent_total",
                    "Readings in which parents may differ from the sum of their children by what arrived meanwhile.")
            .register(registry);
    private final Counter scrapes =
            Counter.build("rstat_scrapes_total", "Scrapes answered.").register(registry);
    private final Counter aborted = Counter.build(
                    "rstat_scrapes_aborted_total", "Scrapes that the client left before their end.")
            .register(registry);
    private final Summary scrapeDuration = Summary.build(
                    "rstat_scrape_duration_seconds", "Time from a scrape's arrival to its last byte.")
            .register(registry);

    OwnMetrics(List<Collector> more) {
        more.forEach(registry::register);
        Gauge.build("rstat_exporter_build_info", "1, with what this exporter was built from and runs on.")
                .labelNames("version", "javaversion")
                .register(registry)
                .labels(BuildVersion.CURRENT, Runtime.version().toString())
                .set(1);
        DefaultExports.register(registry);
    }

    /** Counts a new reading. */
    @Override
    public void accept(Reading reading) {
        snapshots.inc();
        switch (reading) {
            case Reading.Failed _ -> snapshotFailures.inc();
            case Reading.Taken taken -> {
                for (CollectorSnapshot collector : taken.snapshot().collectors()) {
                    retries.inc(collector.retries());
                    inconsistent.inc(collector.consistent() ? 0 : 1);
                }
            }
        }
    }

    void scraped(Duration duration) {
        scrapes.inc();
        scrapeDuration.observe(duration.toNanos() / Collector.NANOSECONDS_PER_SECOND);
    }

    void scrapeAborted() {
        aborted.inc();
    }

    /** All of it and the families given. */
    List<Collector.MetricFamilySamples> families(List<Collector.MetricFamilySamples> more) {
        List<Collector.MetricFamilySamples> families =
                new ArrayList<>(Collections.list(registry.metricFamilySamples()));
        families.addAll(more);
        return families;
    }

    /**
     * The same, encoded.
     *
     * @param created whether OpenMetrics says when counts began
     */
    byte[] encode(List<Collector.MetricFamilySamples> more, Format format, boolean created) {
        List<Collector.MetricFamilySamples> families = families(more);
        if (format == Format.PROTOBUF) {
            return SampleMessages.encode(families);
        }
        if (format == Format.TEXT || !created) {
            families.replaceAll(OwnMetrics::withoutCreated);
        }
        StringWriter text = new StringWriter(1 << 15);
        try {
            TextFormat.writeFormat(format.contentType(), text, Collections.enumeration(families));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString().getBytes(UTF_8);
    }

    /** Text format 0.0.4 has no creation times: simpleclient would make them gauges of their own. */
    private static Collector.MetricFamilySamples withoutCreated(Collector.MetricFamilySamples family) {
        String created = family.name + "_created";
        return new Collector.MetricFamilySamples(
                family.name,
                family.unit,
                family.type,
                family.help,
                family.samples.stream()
                        .filter(sample -> !sample.name.equals(created))
                        .toList());
    }
}
