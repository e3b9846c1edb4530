// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import java.util.Locale;

/** What a {@link Stat} is measured in. */
public enum Unit {
    /** Seconds of CPU time in a second: 1 is one CPU. */
    CORES("cores"),
    /** Seconds of all tasks together in a second: more than 1 where several waited at once. */
    SECONDS_PER_SECOND("seconds/second"),
    SECONDS("seconds"),
    BYTES("bytes"),
    BYTES_PER_SECOND("bytes/second"),
    PER_SECOND("1/second"),
    /** A share of the time, 0 to 1. */
    RATIO("ratio"),
    /** A plain number. */
    NUMBER("");

    private static final String[] COUNTS = {"", "k", "M", "G", "T", "P", "E"};
    private static final String[] BYTE_COUNTS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private final String symbol;

    Unit(String symbol) {
        this.symbol = symbol;
    }

    /** As people and JSON have it; empty for a plain number. */
    public String symbol() {
        return symbol;
    }

    /**
     * A value in at most ten characters: three significant digits, in the multiple of the unit that suits; {@code -} for an absent one.
     */
    public String text(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return switch (this) {
            case CORES, SECONDS_PER_SECOND -> significant(value);
            case SECONDS -> seconds(value);
            case BYTES -> multiple(value, 1024, BYTE_COUNTS, " ");
            case BYTES_PER_SECOND -> multiple(value, 1024, BYTE_COUNTS, " ") + "/s";
            case PER_SECOND, NUMBER -> multiple(value, 1000, COUNTS, "");
            case RATIO -> significant(100 * value) + " %";
        };
    }

    private static String seconds(double value) {
        double size = Math.abs(value);
        if (size == 0 || size >= 1) {
            return (size < 1e6 ? significant(value) : String.format(Locale.ROOT, "%.2g", value)) + " s";
        }
        if (size >= 1e-3) {
            return significant(value * 1e3) + " ms";
        }
        return size >= 1e-6 ? significant(value * 1e6) + " us" : significant(value * 1e9) + " ns";
    }

    private static String multiple(double value, int base, String[] names, String space) {
        double scaled = value;
        int power = 0;
        // What would be rounded up to the next multiple is one.
        while (Math.abs(scaled) >= base - 0.5 && power < names.length - 1) {
            scaled /= base;
            power++;
        }
        boolean whole = power == 0 && scaled == Math.rint(scaled);
        return (whole ? String.format(Locale.ROOT, "%.0f", scaled) : significant(scaled)) + space + names[power];
    }

    private static String significant(double value) {
        double size = Math.abs(value);
        // Where rounding makes another digit, one place less.
        int places = size == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + places + "f", value);
    }
}
