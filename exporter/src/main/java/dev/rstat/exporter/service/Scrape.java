// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.exposition.CgroupEncoder;
import dev.rstat.exporter.exposition.CgroupExposition;
import dev.rstat.exporter.identity.Identities;
import dev.rstat.exporter.selection.CgroupSelection;
import dev.rstat.exporter.selection.SelectionFamilies;
import dev.rstat.exporter.snapshot.Reading;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import reactor.core.publisher.Flux;

/** Makes the body of a scrape: the cgroup families in chunks as the client takes them, then everything else. */
final class Scrape {
    private final SharedSnapshot snapshot;
    private final SnapshotFamilies snapshotFamilies;
    private final OwnMetrics ownMetrics;
    private final CgroupSelection selection;
    private final boolean created;
    private final CgroupEncoder encoder;

    Scrape(
            SharedSnapshot snapshot,
            SnapshotFamilies snapshotFamilies,
            OwnMetrics ownMetrics,
            Identities names,
            ServiceOptions options) {
        this.snapshot = snapshot;
        this.snapshotFamilies = snapshotFamilies;
        this.ownMetrics = ownMetrics;
        this.selection = options.selection();
        this.created = options.created();
        this.encoder = new CgroupEncoder(names, options.classicBuckets(), options.created());
    }

    /**
     * Reads, which may block. What is published afterwards needs no more than the CPU.
     *
     * @throws IllegalArgumentException if a collector is asked for that does not exist; says which do
     */
    ScrapeBody body(ScrapeQuery query) {
        long start = System.nanoTime();
        Reading reading = snapshot.get();
        byte[] rest = ownMetrics.encode(families(reading), query.format(), created);
        checkCollectors(query.collectors());
        Flux<ByteBuf> cgroups = switch (reading) {
            case Reading.Failed _ -> Flux.empty();
            case Reading.Taken taken -> chunks(exposition(taken.snapshot(), query));
        };
        return new ScrapeBody(cgroups.concatWithValues(Unpooled.wrappedBuffer(rest))
                .doOnComplete(() -> ownMetrics.scraped(Duration.ofNanos(System.nanoTime() - start)))
                .doOnCancel(ownMetrics::scrapeAborted));
    }

    /** Those of the exporter itself that a reading tells, without its registry's. */
    private List<MetricFamilySamples> families(Reading reading) {
        List<MetricFamilySamples> families = new ArrayList<>(snapshotFamilies.of(reading));
        if (reading instanceof Reading.Taken taken) {
            families.addAll(
                    SelectionFamilies.of(selection.select(taken.snapshot().cgroups())));
        }
        return families;
    }

    /** All families of the exporter itself. */
    List<MetricFamilySamples> own(Reading reading) {
        return ownMetrics.families(families(reading));
    }

    private void checkCollectors(Set<String> asked) {
        Set<String> known = new TreeSet<>(snapshotFamilies.collectors());
        Set<String> unknown = new TreeSet<>(asked);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "no collector %s; there are: %s".formatted(String.join(", ", unknown), String.join(", ", known)));
        }
    }

    private CgroupExposition exposition(Snapshot taken, ScrapeQuery query) {
        int[] selected = selection.select(taken.cgroups()).indices();
        return encoder.encode(taken, query.format(), query.cgroups().among(selected, taken.cgroups()), query::wants);
    }

    /** In memory that the kernel sends from and that is used again and again: the garbage collector has nothing to do with it. */
    private static Flux<ByteBuf> chunks(CgroupExposition exposition) {
        return Flux.generate(sink -> {
            boolean some = exposition.nextChunk(chunk -> sink.next(
                    ByteBufAllocator.DEFAULT.directBuffer(chunk.remaining()).writeBytes(chunk)));
            if (!some) {
                sink.complete();
            }
        });
    }
}
