// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One of all stats is chosen, found by typing. */
final class StatChoice {
    private final Columns columns;
    private String sought = "";
    private int chosen;

    StatChoice(Columns columns) {
        this.columns = columns;
    }

    void begin() {
        sought = "";
        chosen = 0;
    }

    /**
     * What a key does to it.
     *
     * @param frame empty before the first: then there is nothing to choose
     * @param page lines that are drawn
     * @return true if it is over
     */
    boolean press(Key key, Optional<Frame> frame, int page) {
        List<Stat> found = frame.map(this::found).orElse(List.of());
        switch (key.kind()) {
            case UP -> chosen--;
            case DOWN -> chosen++;
            case PAGE_UP -> chosen -= page;
            case PAGE_DOWN -> chosen += page;
            case HOME -> chosen = 0;
            case END -> chosen = found.size();
            case ENTER -> {
                if (!found.isEmpty()) {
                    columns.sortBy(found.get(chosen));
                }
                return true;
            }
            case ESCAPE -> {
                return true;
            }
            case TAB -> {
                if (!found.isEmpty()) {
                    columns.toggle(found.get(chosen));
                }
            }
            case BACKSPACE -> sought = Filter.withoutLast(sought);
            case CHARACTER -> sought += Character.toString(key.codePoint());
            case LEFT, RIGHT, REDRAW, OTHER -> {}
        }
        int last = frame.map(this::found).orElse(List.of()).size() - 1;
        chosen = Math.clamp(chosen, 0, Math.max(0, last));
        return false;
    }

    /** The stats in which is what was typed. */
    List<Stat> found(Frame frame) {
        String wanted = sought.toLowerCase(Locale.ROOT);
        return frame.stats().stream()
                .filter(stat -> (stat.key() + " " + stat.title() + " " + stat.collector())
                        .toLowerCase(Locale.ROOT)
                        .contains(wanted))
                .toList();
    }

    String sought() {
        return sought;
    }

    /** Index in {@link #found}. */
    int chosen() {
        return chosen;
    }
}
