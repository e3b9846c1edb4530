// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.RstatException;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reading for everybody: whoever asks while it is fresh gets the same, whoever asks while one is being taken waits for it. A
 * failure is shared for as long, or a crowd of scrapes would queue up to try again one by one.
 */
public final class SharedSnapshot {
    private static final Logger LOG = LoggerFactory.getLogger(SharedSnapshot.class);

    /** The cache has one entry. */
    private enum Key {
        READING
    }

    private final LoadingCache<Key, Reading> cache;

    /**
     * @param maxAge how long a reading is shared
     * @param onReading told of each new reading, once
     */
    public SharedSnapshot(SnapshotSource source, Duration maxAge, Ticker ticker, Consumer<Reading> onReading) {
        this.cache = Caffeine.newBuilder()
                .expireAfterWrite(maxAge)
                .ticker(ticker)
                // Its housekeeping takes no time with one entry, and so needs no threads.
                .executor(Runnable::run)
                .build(key -> {
                    Reading reading = read(source);
                    onReading.accept(reading);
                    return reading;
                });
    }

    public Reading get() {
        return cache.get(Key.READING);
    }

    /** Run statistics are an extra: where they cannot be read the numbers still count. */
    private static List<ProgramStats> programs(SnapshotSource source) {
        try {
            return source.programs();
        } catch (RstatException e) {
            LOG.debug("no run statistics of programs", e);
            return List.of();
        }
    }

    private static Reading read(SnapshotSource source) {
        try {
            Snapshot snapshot = source.snapshot();
            return new Reading.Taken(snapshot, programs(source));
        } catch (RstatException e) {
            LOG.debug("no snapshot", e);
            return new Reading.Failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // A fault of ours: still no reason to stop exporting the rest.
            LOG.debug("no snapshot", e);
            return new Reading.Failed(e.toString().lines().findFirst().orElse("unknown"));
        }
    }
}
