// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs failures when they begin and when they end, not with every scrape between. */
public final class ReadingLog implements Consumer<Reading> {
    private static final Logger LOG = LoggerFactory.getLogger(ReadingLog.class);

    private Map<String, String> failing = Map.of();
    private boolean none;

    @Override
    public synchronized void accept(Reading reading) {
        switch (reading) {
            case Reading.Failed(String reason) -> {
                if (!none) {
                    LOG.error("no snapshot: {}", reason);
                }
                none = true;
            }
            case Reading.Taken taken -> {
                if (none) {
                    LOG.info("snapshots work again");
                }
                none = false;
                compare(taken.snapshot().failures());
            }
        }
    }

    private void compare(Map<String, String> now) {
        for (Map.Entry<String, String> failure : new TreeMap<>(now).entrySet()) {
            if (!failing.containsKey(failure.getKey())) {
                LOG.error("collector {} fails: {}", failure.getKey(), failure.getValue());
            }
        }
        for (String collector : new TreeSet<>(failing.keySet())) {
            if (!now.containsKey(collector)) {
                LOG.info("collector {} works again", collector);
            }
        }
        failing = now;
    }
}
