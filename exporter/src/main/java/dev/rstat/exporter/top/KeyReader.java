// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.exporter.top.Key.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Tells keys from what a terminal sends: ECMA-48's CSI and SS3 sequences as xterm, and all that follow it, have them. */
final class KeyReader {
    /** Characters as they come. */
    interface Source {
        /** No more in that time, or at all. */
        int NONE = -2;

        int END = -1;

        /**
         * @param milliseconds how long to wait; 0 for as long as it takes
         * @return a UTF-16 unit, {@link #NONE} or {@link #END}
         */
        int read(long milliseconds) throws IOException;
    }

    /** What follows an escape within it, over a slow line too, was not typed. */
    private static final long WITHIN_SEQUENCE = 50;

    private static final int ESCAPE = 0x1b;
    private static final int DELETE = 0x7f;

    private final Source source;

    KeyReader(Source source) {
        this.source = source;
    }

    /** Waits for the next key; null at the end of the input. */
    @Nullable Key read() throws IOException {
        int unit = source.read(0);
        return switch (unit) {
            case Source.END, Source.NONE -> null;
            case ESCAPE -> escape();
            case '\r', '\n' -> Key.of(Kind.ENTER);
            case '\b', DELETE -> Key.of(Kind.BACKSPACE);
            case '\t' -> Key.of(Kind.TAB);
            case 'L' - '@' -> Key.of(Kind.REDRAW);
            default -> unit < ' ' ? Key.of(Kind.OTHER) : character(unit);
        };
    }

    private Key character(int unit) throws IOException {
        if (!Character.isHighSurrogate((char) unit)) {
            return Key.of(unit);
        }
        int low = source.read(WITHIN_SEQUENCE);
        return low >= 0 && Character.isLowSurrogate((char) low)
                ? Key.of(Character.toCodePoint((char) unit, (char) low))
                : Key.of(Kind.OTHER);
    }

    private Key escape() throws IOException {
        int introducer = source.read(WITHIN_SEQUENCE);
        if (introducer < 0) {
            return Key.of(Kind.ESCAPE);
        }
        if (introducer != '[' && introducer != 'O') {
            return Key.of(Kind.OTHER);
        }
        StringBuilder parameters = new StringBuilder();
        int unit = source.read(WITHIN_SEQUENCE);
        // Parameters and intermediates; the final byte is from @ on.
        while (unit >= ' ' && unit < '@') {
            parameters.append((char) unit);
            unit = source.read(WITHIN_SEQUENCE);
        }
        return Key.of(unit == '~' ? numbered(parameters.toString()) : lettered(unit));
    }

    private static Kind lettered(int letter) {
        return switch (letter) {
            case 'A' -> Kind.UP;
            case 'B' -> Kind.DOWN;
            case 'C' -> Kind.RIGHT;
            case 'D' -> Kind.LEFT;
            case 'H' -> Kind.HOME;
            case 'F' -> Kind.END;
            case 'M' -> Kind.ENTER;
            default -> Kind.OTHER;
        };
    }

    private static Kind numbered(String number) {
        return switch (number) {
            case "1", "7" -> Kind.HOME;
            case "4", "8" -> Kind.END;
            case "5" -> Kind.PAGE_UP;
            case "6" -> Kind.PAGE_DOWN;
            default -> Kind.OTHER;
        };
    }
}
