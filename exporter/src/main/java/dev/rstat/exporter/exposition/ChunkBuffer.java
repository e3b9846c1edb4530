// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes, appended to and taken in chunks. */
class ChunkBuffer {
    static final byte[] NONE = {};

    /** Complete up to {@link #length}. */
    byte[] bytes;

    int length;

    /** Has no array until {@link #use}. */
    ChunkBuffer() {
        bytes = NONE;
    }

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

    /** Has nothing in it, and from now on this array: what fits into another's hands saves making one. */
    final void use(byte[] array) {
        bytes = array;
        length = 0;
    }

    /** What was appended, in the array itself. */
    final ByteBuffer contents() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    /** What was appended is forgotten, and so is the array, which is returned: another one if more was appended than it held. */
    final byte[] letGo() {
        byte[] array = bytes;
        use(NONE);
        return array;
    }

    final void clear() {
        length = 0;
    }

    final void append(byte[] more) {
        int at = length;
        reserve(more.length);
        System.arraycopy(more, 0, bytes, at, more.length);
        length = at + more.length;
    }

    /** All three, with one look at the room there is. */
    final void append(byte[] first, byte[] second, byte[] third) {
        int middle = first.length + second.length;
        reserve(middle + third.length);
        byte[] to = bytes;
        int at = length;
        System.arraycopy(first, 0, to, at, first.length);
        System.arraycopy(second, 0, to, at + first.length, second.length);
        System.arraycopy(third, 0, to, at + middle, third.length);
        length = at + middle + third.length;
    }

    final void append(ChunkBuffer more) {
        reserve(more.length);
        System.arraycopy(more.bytes, 0, bytes, length, more.length);
        length += more.length;
    }

    /**
     * Appends once more what was appended since the last {@link #take()}.
     *
     * @param from a {@link #length()}, and so is {@code to}
     */
    final void appendAgain(int from, int to) {
        int count = to - from;
        reserve(count);
        System.arraycopy(bytes, from, bytes, length, count);
        length += count;
    }

    /** {@link #append(byte[])}, then {@link #appendAgain}. */
    final void append(byte[] more, int from, int to) {
        int count = to - from;
        reserve(more.length + count);
        byte[] all = bytes;
        int at = length;
        System.arraycopy(more, 0, all, at, more.length);
        at += more.length;
        System.arraycopy(all, from, all, at, count);
        length = at + count;
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
