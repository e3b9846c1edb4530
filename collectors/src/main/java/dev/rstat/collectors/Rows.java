// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.Arrays;

/** The totals of a reading: rows of words in one array that grows, and is used again for the next attempt. */
final class Rows {
    private static final int MIN_ROWS = 64;

    private final int words;
    private long[] ids;
    private long[] values;
    private int count;
    private int entries;

    /**
     * @param words of a row
     * @param expected rows, for which there is room from the start
     */
    Rows(int words, int expected) {
        this.words = words;
        this.ids = new long[Math.max(MIN_ROWS, expected)];
        this.values = new long[ids.length * words];
    }

    void clear() {
        count = 0;
        entries = 0;
    }

    /** Adds the {@code struct rstat_total} at an index; it begins with the words of the total. */
    void add(long id, long[] memory, int at) {
        entries++;
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, count + count / 4);
            values = Arrays.copyOf(values, ids.length * words);
        }
        int row = count * words;
        System.arraycopy(memory, at, values, row, words);
        // Most of a host's cgroups never do most things: without an event there is no row.
        for (int word = row; word < row + words; word++) {
            if (values[word] != 0) {
                ids[count++] = id;
                return;
            }
        }
    }

    /** Cgroups seen, those without an event too. */
    int entries() {
        return entries;
    }

    int words() {
        return words;
    }

    /** Cgroups with an event. */
    int count() {
        return count;
    }

    /** Of the cgroups with an event, and room for more. Not copied: nothing may be added any more. */
    long[] ids() {
        return ids;
    }

    /** The words of each row, after those of the row before; not copied either. */
    long[] values() {
        return values;
    }
}
