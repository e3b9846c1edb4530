// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.exposition.CgroupExposition;
import dev.rstat.exporter.snapshot.Reading;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import java.time.Duration;
import reactor.core.publisher.Flux;

/** Makes the body of a scrape: the cgroup families in chunks as the client takes them, then everything else. */
final class Scrape {
    private final SharedSnapshot snapshot;
    private final SnapshotFamilies snapshotFamilies;
    private final OwnMetrics ownMetrics;
    private final CgroupExposition.Encoder encoder;

    Scrape(
            SharedSnapshot snapshot,
            SnapshotFamilies snapshotFamilies,
            OwnMetrics ownMetrics,
            CgroupExposition.Encoder encoder) {
        this.snapshot = snapshot;
        this.snapshotFamilies = snapshotFamilies;
        this.ownMetrics = ownMetrics;
        this.encoder = encoder;
    }

    /** Reads, which may block. What is published afterwards needs no more than the CPU. */
    ScrapeBody body() {
        long start = System.nanoTime();
        Reading reading = snapshot.get();
        byte[] rest = ownMetrics.text(snapshotFamilies.of(reading));
        Flux<byte[]> cgroups = switch (reading) {
            case Reading.Failed _ -> Flux.empty();
            case Reading.Taken taken -> chunks(encoder.encode(taken.snapshot()));
        };
        return new ScrapeBody(cgroups.concatWithValues(rest)
                .doOnComplete(() -> ownMetrics.scraped(Duration.ofNanos(System.nanoTime() - start)))
                .doOnCancel(ownMetrics::scrapeAborted));
    }

    private static Flux<byte[]> chunks(CgroupExposition exposition) {
        return Flux.generate(sink -> {
            byte[] chunk = exposition.nextChunk();
            if (chunk == null) {
                sink.complete();
            } else {
                sink.next(chunk);
            }
        });
    }
}
