// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The stats that are shown beside each other, and the one that sorts. Kept by their keys: a collector may come and go.
 */
final class Columns {
    private static final List<String> FIRST = List.of(
            "runqueue_latency",
            "runqueue_latency.p99",
            "cpu",
            "memory",
            "io_bytes",
            "context_switches",
            "runqueue_throttled",
            "pressure.cpu",
            "pressure.memory",
            "pressure.io",
            "tasks");

    private final List<String> keys = new ArrayList<>(FIRST);
    private String sort;

    /**
     * @param sort a stat's key; empty for the one to begin with
     */
    Columns(String sort) {
        this.sort = sort;
    }

    /** What sorts: empty if there is nothing at all to show. */
    Optional<Stat> sort(Frame frame) {
        return frame.stat(sort).or(() -> frame.stats().stream().findFirst());
    }

    /** Sorts by that from now on, and shows it. */
    void sortBy(Stat stat) {
        sort = stat.key();
    }

    /** Sorts by what is so many columns to the right. */
    void sortByNext(Frame frame, int columns) {
        List<Stat> shown = shown(frame, Integer.MAX_VALUE);
        if (!shown.isEmpty()) {
            int now = shown.indexOf(sort(frame).orElseThrow());
            sortBy(shown.get(Math.floorMod(now + columns, shown.size())));
        }
    }

    /** Shows a stat, or no more. */
    void toggle(Stat stat) {
        if (!keys.remove(stat.key())) {
            keys.addFirst(stat.key());
        }
    }

    boolean isShown(Stat stat) {
        return keys.contains(stat.key());
    }

    /** As many as there is room for; what sorts is one of them. */
    List<Stat> shown(Frame frame, int room) {
        List<Stat> shown = new ArrayList<>();
        keys.forEach(key -> frame.stat(key).ifPresent(shown::add));
        sort(frame).ifPresent(stat -> {
            int place = shown.indexOf(stat);
            if (place < 0 || place >= room) {
                shown.remove(stat);
                shown.addFirst(stat);
            }
        });
        return shown.subList(0, Math.min(Math.max(room, 0), shown.size()));
    }
}
