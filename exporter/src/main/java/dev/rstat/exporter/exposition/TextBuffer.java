// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text as bytes, appended to and taken in chunks.
 *
 * <p>Numbers come out as {@link Double#toString(double)} prints them, which is what simpleclient writes, yet mostly without making the
 * double or the string. Two facts allow that. A decimal of at most 15 significant digits survives the way to the nearest double and
 * back, so no two of them share a double, and none that is shorter can name the same double: it is the shortest, which is what
 * {@code toString} prints since JDK 19. And dividing integers below 2^53 is rounded once, so a word over a power of ten is the double
 * nearest to the word with its decimal point moved. So the digits of the word are the digits of the text.
 */
final class TextBuffer {
    /** Words from here on, unsigned, take the way over {@link Double#toString(double)}. */
    private static final long EXACT_DIGITS_BOUND = 1_000_000_000_000_000L;

    private static final double[] POWERS_OF_TEN = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

    private final byte[] digits = new byte[20];
    private byte[] bytes;
    private int length;

    TextBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    int length() {
        return length;
    }

    /** What was appended since the last time, in an array of its own. */
    byte[] take() {
        byte[] taken = Arrays.copyOf(bytes, length);
        length = 0;
        return taken;
    }

    TextBuffer append(byte[] text) {
        reserve(text.length);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
        return this;
    }

    TextBuffer append(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    /**
     * Appends {@code word / 10^scale}.
     *
     * @param word unsigned
     * @param scale 0 to 9
     */
    TextBuffer appendNumber(long word, int scale) {
        if (word == 0) {
            return append('0').append('.').append('0');
        }
        if (word < 0 || word >= EXACT_DIGITS_BOUND) {
            return append(ascii(Double.toString(toDouble(word) / POWERS_OF_TEN[scale])));
        }
        return appendDecimal(word, scale);
    }

    /** The double nearest to an unsigned word. */
    static double toDouble(long word) {
        // The halved word keeps the lowest bit, so that it is rounded as the whole would be.
        return word >= 0 ? word : ((word >>> 1) | (word & 1)) * 2.0;
    }

    private TextBuffer appendDecimal(long word, int scale) {
        int fraction = scale;
        while (word % 10 == 0) {
            word /= 10;
            fraction--;
        }
        int start = digits.length;
        for (; word != 0; word /= 10) {
            digits[--start] = (byte) ('0' + word % 10);
        }
        int count = digits.length - start;
        int exponent = count - 1 - fraction;
        if (exponent < -3 || exponent >= 7) {
            appendDigits(start, 1).append('.');
            if (count == 1) {
                append('0');
            } else {
                appendDigits(start + 1, count - 1);
            }
            return appendExponent(exponent);
        }
        if (fraction <= 0) {
            return appendDigits(start, count).appendZeros(-fraction).append('.').append('0');
        }
        if (count > fraction) {
            return appendDigits(start, count - fraction).append('.').appendDigits(start + count - fraction, fraction);
        }
        return append('0').append('.').appendZeros(fraction - count).appendDigits(start, count);
    }

    /** Exponents here have at most two digits. */
    private TextBuffer appendExponent(int exponent) {
        append('E');
        if (exponent < 0) {
            append('-');
        }
        int magnitude = Math.abs(exponent);
        if (magnitude >= 10) {
            append((char) ('0' + magnitude / 10));
        }
        return append((char) ('0' + magnitude % 10));
    }

    private TextBuffer appendDigits(int from, int count) {
        reserve(count);
        System.arraycopy(digits, from, bytes, length, count);
        length += count;
        return this;
    }

    private TextBuffer appendZeros(int count) {
        for (int i = 0; i < count; i++) {
            append('0');
        }
        return this;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
