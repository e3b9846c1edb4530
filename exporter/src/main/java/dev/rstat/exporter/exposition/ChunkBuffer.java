// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes, appended to and taken in chunks. */
class ChunkBuffer {
    private byte[] bytes;
    private int length;

    ChunkBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    final int length() {
        return length;
    }

    /** What was appended since the last time, in an array of its own. */
    final byte[] take() {
        byte[] taken = Arrays.copyOf(bytes, length);
        length = 0;
        return taken;
    }

    /** What was appended since the last time, there until more is appended. */
    final ByteBuffer lend() {
        ByteBuffer lent = ByteBuffer.wrap(bytes, 0, length);
        length = 0;
        return lent;
    }

    final void clear() {
        length = 0;
    }

    final void append(byte[] more) {
        append(more, 0, more.length);
    }

    final void append(ChunkBuffer more) {
        append(more.bytes, 0, more.length);
    }

    private void append(byte[] more, int from, int count) {
        reserve(count);
        System.arraycopy(more, from, bytes, length, count);
        length += count;
    }

    /**
     * Appends once more what was appended since the last {@link #take()}.
     *
     * @param from a {@link #length()}, and so is {@code to}
     */
    final void appendAgain(int from, int to) {
        append(bytes, from, to - from);
    }

    /** Where {@link #reserve} has made room. */
    final void put(int value) {
        bytes[length++] = (byte) value;
    }

    /** Small, and what is rare apart: C1 inlines no more than 35 bytes of code. */
    final void reserve(int more) {
        if (bytes.length - length < more) {
            grow(more);
        }
    }

    private void grow(int more) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
}
