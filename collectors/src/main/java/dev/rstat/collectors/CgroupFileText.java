// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * A place in the text of a cgroup's file, moved over it line by line and word by word. Words end at blanks and, where they are keys of a
 * nested keyed file (Documentation/admin-guide/cgroup-v2.rst, "Format"), at {@code =}.
 *
 * <p>Nothing here fails: kernels add keys, and what is no number is no value. A line that lacks its end is no line, for a number that
 * was cut off would look like a smaller one.
 */
final class CgroupFileText {
    /** Instead of a number or a device. */
    static final long ABSENT = CgroupfsSnapshot.ABSENT;

    private byte[] text = new byte[0];
    private int end;
    private int lineEnd;
    private int from;
    private int to;

    void reset(byte[] bytes, int length) {
        text = bytes;
        end = length;
        lineEnd = -1;
    }

    boolean nextLine() {
        int start = lineEnd + 1;
        for (int at = start; at < end; at++) {
            if (text[at] == '\n') {
                lineEnd = at;
                from = start;
                to = start - 1; // as if a word had just ended
                return true;
            }
        }
        return false;
    }

    /** To the next word of the line; the value of a key may be empty. */
    boolean nextWord() {
        boolean value = isKey();
        int at = to + 1;
        if (!value) {
            while (at < lineEnd && text[at] == ' ') {
                at++;
            }
        }
        if (at > lineEnd || (at == lineEnd && !value)) {
            return false;
        }
        from = at;
        while (at < lineEnd && text[at] != ' ' && text[at] != '=') {
            at++;
        }
        to = at;
        return true;
    }

    /** Whether the word is followed by {@code =} and its value. */
    boolean isKey() {
        return to >= from && text[to] == '=';
    }

    /** Which of the keys the word is. */
    int in(KeyTable keys) {
        return keys.find(text, from, to);
    }

    /** The word as a decimal number; {@link #ABSENT} for all else, {@code max} and what no signed 64 bits hold among it. */
    long number() {
        return number(from, to);
    }

    /** The word as a device, {@code major:minor}: the major number in the upper half. */
    long device() {
        for (int colon = from + 1; colon < to; colon++) {
            if (text[colon] == ':') {
                long major = number(from, colon);
                long minor = number(colon + 1, to);
                return major < 0 || minor < 0 || (major | minor) > Integer.MAX_VALUE ? ABSENT : major << 32 | minor;
            }
        }
        return ABSENT;
    }

    private long number(int start, int stop) {
        if (start >= stop) {
            return ABSENT;
        }
        long number = 0;
        for (int i = start; i < stop; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
                return ABSENT;
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
