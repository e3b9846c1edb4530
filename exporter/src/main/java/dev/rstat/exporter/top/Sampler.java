// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.snapshot.Reading;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import dev.rstat.exporter.snapshot.SnapshotSource;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes snapshots, and makes a frame of each two. Not for two threads at once. */
final class Sampler {
    private final SharedSnapshot snapshots;
    private @Nullable Snapshot last;

    Sampler(SnapshotSource source) {
        snapshots = new SharedSnapshot(source, Duration.ZERO, Ticker.systemTicker(), _ -> {});
    }

    /** What a snapshot gave. */
    sealed interface Outcome {
        /**
         * @param frame since the one before; empty for the first
         */
        record Taken(Snapshot snapshot, Optional<Frame> frame) implements Outcome {}

        /**
         * @param reason one line
         */
        record Failed(String reason) implements Outcome {}
    }

    /** Takes one. After one that failed, the next one's frame is of all the time since the last that did not. */
    Outcome next() {
        return switch (snapshots.get()) {
            case Reading.Failed(String reason) -> new Outcome.Failed(reason);
            case Reading.Taken taken -> {
                Snapshot now = taken.snapshot();
                Optional<Frame> frame = Optional.ofNullable(last).map(before -> Frame.between(before, now));
                last = now;
                yield new Outcome.Taken(now, frame);
            }
        };
    }
}
