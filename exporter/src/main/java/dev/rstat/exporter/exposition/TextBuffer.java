// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import java.nio.charset.StandardCharsets;

/**
 * Numbers as text. They come out as {@link Double#toString(double)} prints them, which is what simpleclient writes, yet mostly without making the
 * double or the string. Two facts allow that. A decimal of at most 15 significant digits survives the way to the nearest double and
 * back, so no two of them share a double, and none that is shorter can name the same double: it is the shortest, which is what
 * {@code toString} prints since JDK 19. And dividing integers below 2^53 is rounded once, so a word over a power of ten is the double
 * nearest to the word with its decimal point moved. So the digits of the word are the digits of the text.
 */
final class TextBuffer extends ChunkBuffer {
    /** Words from here on, unsigned, take the way over {@link Double#toString(double)}. */
    private static final long EXACT_DIGITS_BOUND = 1_000_000_000_000_000L;

    /** -2.2250738585072014E-308 has 24 characters; what is written here is shorter. */
    private static final int LONGEST_NUMBER = 24;

    /** From here on, and below a thousandth, {@link Double#toString(double)} prints an exponent. */
    private static final int FIXED_BOUND = 10_000_000;

    private static final int THOUSANDTH_DIGITS = 3;
    private static final int[] POWERS = {
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000
    };

    private final byte[] digits = new byte[20];

    TextBuffer() {}

    TextBuffer(int capacity) {
        super(capacity);
    }

    /**
     * Appends {@code word / 10^scale} and a line feed.
     *
     * @param word unsigned
     * @param scale 0 to 9
     */
    void appendNumberLine(long word, int scale) {
        reserve(LONGEST_NUMBER + 1);
        if (word < 0 || word >= EXACT_DIGITS_BOUND) {
            append(Double.toString(Words.toDouble(word, scale)).getBytes(StandardCharsets.US_ASCII));
        } else if (scale == 0 && word < FIXED_BOUND) {
            putFixed((int) word, 0, 0);
        } else {
            putDecimal(word, scale);
        }
        put('\n');
    }

    private void putDecimal(long word, int scale) {
        long whole = word / POWERS[scale];
        int fraction = (int) (word - whole * POWERS[scale]);
        if (whole >= FIXED_BOUND || (word != 0 && whole == 0 && isBelowThousandth(fraction, scale))) {
            putExponential(word, scale);
        } else {
            putFixed((int) whole, fraction, scale);
        }
    }

    private static boolean isBelowThousandth(int fraction, int scale) {
        return scale > THOUSANDTH_DIGITS && fraction < POWERS[scale - THOUSANDTH_DIGITS];
    }

    /**
     * Most numbers are these, so every nanosecond counts.
     *
     * @param whole below {@link #FIXED_BOUND}
     * @param fraction below {@code 10^scale}
     */
    private void putFixed(int whole, int fraction, int scale) {
        byte[] to = bytes;
        int point = length + 1;
        while (point - length < POWERS.length && whole >= POWERS[point - length]) {
            point++;
        }
        putDigits(to, whole, length, point);
        to[point] = '.';
        int rest = fraction;
        int end = point + 1 + scale;
        if (rest == 0) {
            end = point + 2;
        } else {
            for (int tenth = tenth(rest); tenth * 10 == rest; tenth = tenth(rest)) {
                rest = tenth;
                end--;
            }
        }
        putDigits(to, rest, point + 1, end);
        length = end;
    }

    /** From right to left, with zeros before them. */
    private static void putDigits(byte[] to, int number, int from, int end) {
        int rest = number;
        for (int i = end - 1; i >= from; i--) {
            int tenth = tenth(rest);
            to[i] = (byte) ('0' + rest - tenth * 10);
            rest = tenth;
        }
    }

    /** C1 divides by 10 by dividing, which takes several times as long as this. */
    private static int tenth(int number) {
        return (int) ((number * 0xCCCCCCCDL) >>> 35);
    }

    /** {@code word / 10^scale}, which is not 0. */
    private void putExponential(long word, int scale) {
        long rest = word;
        int start = digits.length;
        while (rest > Integer.MAX_VALUE) {
            long tenth = rest / 10;
            digits[--start] = (byte) ('0' + (rest - tenth * 10));
            rest = tenth;
        }
        for (int small = (int) rest; small != 0; ) {
            int tenth = tenth(small);
            digits[--start] = (byte) ('0' + small - tenth * 10);
            small = tenth;
        }
        int exponent = digits.length - start - 1 - scale;
        int end = digits.length;
        while (end > start + 2 && digits[end - 1] == '0') {
            end--;
        }
        put(digits[start]);
        put('.');
        if (end == start + 1) {
            put('0');
        }
        for (int i = start + 1; i < end; i++) {
            put(digits[i]);
        }
        put('E');
        if (exponent < 0) {
            put('-');
        }
        int magnitude = Math.abs(exponent);
        if (magnitude >= 10) {
            put('0' + magnitude / 10);
        }
        put('0' + magnitude % 10);
    }
}
