// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.exporter.live.Unit;
import org.jline.utils.AttributedStyle;

/**
 * How things look. Colour says nothing that is not there in words as well.
 *
 * @param color false for terminals, and people, that want none
 */
record Styles(boolean color) {
    static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
    static final AttributedStyle BOLD = PLAIN.bold();
    static final AttributedStyle FAINT = PLAIN.faint();
    static final AttributedStyle SELECTED = PLAIN.inverse();

    /** Of a bar, and of a value that may hurt. */
    AttributedStyle of(Unit unit, double value) {
        double much = switch (unit) {
            case SECONDS_PER_SECOND -> 1;
            case SECONDS -> 0.1;
            case RATIO -> 0.5;
            case CORES, BYTES, BYTES_PER_SECOND, PER_SECOND, NUMBER -> Double.POSITIVE_INFINITY;
        };
        if (!color || !(value >= much / 10)) {
            return PLAIN;
        }
        return PLAIN.foreground(value >= much ? AttributedStyle.RED : AttributedStyle.YELLOW);
    }
}
