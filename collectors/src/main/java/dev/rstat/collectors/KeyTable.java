// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.List;

/** Finds a key of a file among those known, by its bytes: a string for each line of each file would be most of what a reading costs. */
final class KeyTable {
    static final int UNKNOWN = -1;

    /** Open addressing; at most half of the slots are taken. */
    private final byte[][] keys;

    private final int[] indices;

    KeyTable(List<String> known) {
        int slots = 2 * Integer.highestOneBit(Math.max(1, known.size())) * 2;
        keys = new byte[slots][];
        indices = new int[slots];
        for (int index = 0; index < known.size(); index++) {
            byte[] key = known.get(index).getBytes(US_ASCII);
            int slot = slot(key, 0, key.length);
            while (keys[slot] != null) {
                if (Arrays.equals(keys[slot], key)) {
                    throw new IllegalArgumentException("two keys `%s`".formatted(known.get(index)));
                }
                slot = next(slot);
            }
            keys[slot] = key;
            indices[slot] = index;
        }
    }

    /** The place among the known keys of the one that is written there, or {@link #UNKNOWN}. */
    int find(byte[] text, int from, int to) {
        for (int slot = slot(text, from, to); keys[slot] != null; slot = next(slot)) {
            byte[] key = keys[slot];
            if (Arrays.equals(key, 0, key.length, text, from, to)) {
                return indices[slot];
            }
        }
        return UNKNOWN;
    }

    private int slot(byte[] text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text[i];
        }
        return (hash ^ (hash >>> 16)) & (keys.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (keys.length - 1);
    }
}
