// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.exposition.CgroupExposition;
import dev.rstat.exporter.snapshot.Reading;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.time.Duration;
import reactor.core.publisher.Flux;

/** Makes the body of a scrape: the cgroup families in chunks as the client takes them, then everything else. */
final class Scrape {
    private final SharedSnapshot snapshot;
    private final SnapshotFamilies snapshotFamilies;
    private final OwnMetrics ownMetrics;
    private final CgroupExposition.Encoder encoder = new CgroupExposition.Encoder();

    Scrape(SharedSnapshot snapshot, SnapshotFamilies snapshotFamilies, OwnMetrics ownMetrics) {
        this.snapshot = snapshot;
        this.snapshotFamilies = snapshotFamilies;
        this.ownMetrics = ownMetrics;
    }

    /** Reads, which may block. What is published afterwards needs no more than the CPU. */
    ScrapeBody body() {
        long start = System.nanoTime();
        Reading reading = snapshot.get();
        byte[] rest = ownMetrics.text(snapshotFamilies.of(reading));
        Flux<ByteBuf> cgroups = switch (reading) {
            case Reading.Failed _ -> Flux.empty();
            case Reading.Taken taken -> chunks(encoder.encode(taken.snapshot()));
        };
        return new ScrapeBody(cgroups.concatWithValues(Unpooled.wrappedBuffer(rest))
                .doOnComplete(() -> ownMetrics.scraped(Duration.ofNanos(System.nanoTime() - start)))
                .doOnCancel(ownMetrics::scrapeAborted));
    }

    /** In memory that the kernel sends from and that is used again and again: the garbage collector has nothing to do with it. */
    private static Flux<ByteBuf> chunks(CgroupExposition exposition) {
        return Flux.generate(sink -> {
            ByteBuffer chunk = exposition.nextChunk();
            if (chunk == null) {
                sink.complete();
            } else {
                sink.next(
                        ByteBufAllocator.DEFAULT.directBuffer(chunk.remaining()).writeBytes(chunk));
            }
        });
    }
}
