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

    private final byte[] digits = new byte[20];

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
            putDouble(Words.toDouble(word, scale));
        } else if (word == 0) {
            put('0');
            put('.');
            put('0');
        } else {
            putDecimal(word, scale);
        }
        put('\n');
    }

    private void putDouble(double value) {
        append(Double.toString(value).getBytes(StandardCharsets.US_ASCII));
    }

    /** {@code word / 10^scale}, which is not 0. */
    private void putDecimal(long word, int scale) {
        long rest = word;
        int fraction = scale;
        for (long tenth = rest / 10; tenth * 10 == rest; tenth = rest / 10) {
            rest = tenth;
            fraction--;
        }
        int start = digits.length;
        while (rest > Integer.MAX_VALUE) {
            long tenth = rest / 10;
            digits[--start] = (byte) ('0' + (rest - tenth * 10));
            rest = tenth;
        }
        // Division of int takes half the time.
        for (int small = (int) rest; small != 0; ) {
            int tenth = small / 10;
            digits[--start] = (byte) ('0' + (small - tenth * 10));
            small = tenth;
        }
        int count = digits.length - start;
        int exponent = count - 1 - fraction;
        if (exponent < -3 || exponent >= 7) {
            put((char) digits[start]);
            put('.');
            if (count == 1) {
                put('0');
            } else {
                putDigits(start + 1, count - 1);
            }
            putExponent(exponent);
        } else if (fraction <= 0) {
            putDigits(start, count);
            putZeros(-fraction);
            put('.');
            put('0');
        } else if (count > fraction) {
            putDigits(start, count - fraction);
            put('.');
            putDigits(start + count - fraction, fraction);
        } else {
            put('0');
            put('.');
            putZeros(fraction - count);
            putDigits(start, count);
        }
    }

    /** Exponents here have at most two digits. */
    private void putExponent(int exponent) {
        put('E');
        if (exponent < 0) {
            put('-');
        }
        int magnitude = Math.abs(exponent);
        if (magnitude >= 10) {
            put((char) ('0' + magnitude / 10));
        }
        put((char) ('0' + magnitude % 10));
    }

    private void putDigits(int from, int count) {
        for (int i = 0; i < count; i++) {
            put(digits[from + i]);
        }
    }

    private void putZeros(int count) {
        for (int i = 0; i < count; i++) {
            put('0');
        }
    }
}
