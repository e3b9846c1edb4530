// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import java.nio.ByteBuffer;
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

    /** -2.2250738585072014E-308 has 24 characters; what is written here is shorter. */
    private static final int LONGEST_NUMBER = 24;

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

    /** What was appended since the last time, there until more is appended. */
    ByteBuffer take() {
        ByteBuffer taken = ByteBuffer.wrap(bytes, 0, length);
        length = 0;
        return taken;
    }

    TextBuffer append(byte[] text) {
        reserve(text.length);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
        return this;
    }

    /**
     * Appends once more what was appended since the last {@link #take()}.
     *
     * @param from a {@link #length()}, and so is {@code to}
     */
    TextBuffer appendAgain(int from, int to) {
        int count = to - from;
        reserve(count);
        System.arraycopy(bytes, from, bytes, length, count);
        length += count;
        return this;
    }

    /**
     * Appends {@code word / 10^scale} and a line feed.
     *
     * @param word unsigned
     * @param scale 0 to 9
     */
    TextBuffer appendNumberLine(long word, int scale) {
        reserve(LONGEST_NUMBER + 1);
        if (word < 0 || word >= EXACT_DIGITS_BOUND) {
            putDouble(toDouble(word) / POWERS_OF_TEN[scale]);
        } else if (word == 0) {
            put('0');
            put('.');
            put('0');
        } else {
            putDecimal(word, scale);
        }
        put('\n');
        return this;
    }

    /** The double nearest to an unsigned word. */
    static double toDouble(long word) {
        // The halved word keeps the lowest bit, so that it is rounded as the whole would be.
        return word >= 0 ? word : ((word >>> 1) | (word & 1)) * 2.0;
    }

    private void putDouble(double value) {
        byte[] text = Double.toString(value).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
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
            bytes[length + i] = digits[from + i];
        }
        length += count;
    }

    private void putZeros(int count) {
        for (int i = 0; i < count; i++) {
            put('0');
        }
    }

    /** Where there is room already. */
    private void put(char ascii) {
        bytes[length++] = (byte) ascii;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}
