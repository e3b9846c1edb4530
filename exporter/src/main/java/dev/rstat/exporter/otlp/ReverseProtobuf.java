// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Protobuf messages written from their ends to their beginnings: a message's length stands before it, and so is known when it is
 * written. Nothing is measured beforehand, nothing moved. Who wants fields in ascending order writes the last one first.
 *
 * <pre>{@code
 * int end = out.length();
 * out.string(2, value);
 * out.string(1, key);
 * out.message(7, end);     // field 7: a message of the two
 * }</pre>
 */
final class ReverseProtobuf {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int MAX_VARINT = 10;

    private byte[] bytes;
    private int start;

    /**
     * @param capacity of bytes; grows when there are more
     */
    ReverseProtobuf(int capacity) {
        bytes = new byte[capacity];
        start = capacity;
    }

    int length() {
        return bytes.length - start;
    }

    void clear() {
        start = bytes.length;
    }

    /** Forgets what was written since the length was that. */
    void rewind(int length) {
        start = bytes.length - length;
    }

    void writeTo(OutputStream out) throws IOException {
        out.write(bytes, start, length());
    }

    byte[] toByteArray() {
        return Arrays.copyOfRange(bytes, start, bytes.length);
    }

    void integer(int field, long value) {
        varint(value);
        tag(field, VARINT);
    }

    /** Zigzag: {@code sint32}. */
    void signed(int field, int value) {
        integer(field, Integer.toUnsignedLong((value << 1) ^ (value >> 31)));
    }

    void fixed64(int field, long value) {
        room(Long.BYTES);
        start -= Long.BYTES;
        LONGS.set(bytes, start, value);
        tag(field, FIXED64);
    }

    void number(int field, double value) {
        fixed64(field, Double.doubleToRawLongBits(value));
    }

    void string(int field, String value) {
        bytes(field, value.getBytes(UTF_8));
    }

    void bytes(int field, byte[] value) {
        int end = length();
        raw(value);
        message(field, end);
    }

    /** What is encoded already. */
    void raw(byte[] encoded) {
        room(encoded.length);
        start -= encoded.length;
        System.arraycopy(encoded, 0, bytes, start, encoded.length);
    }

    /** Makes a field of what was written since the length was that. */
    void message(int field, int length) {
        varint(length() - length);
        tag(field, LENGTH);
    }

    void varint(long value) {
        room(MAX_VARINT);
        int size = (Long.SIZE + 6 - Long.numberOfLeadingZeros(value | 1)) / 7;
        start -= size;
        int at = start;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at] = (byte) rest;
    }

    private void tag(int field, int type) {
        varint((long) field << 3 | type);
    }

    private void room(int wanted) {
        if (start < wanted) {
            byte[] larger = new byte[2 * bytes.length + wanted];
            int length = length();
            System.arraycopy(bytes, start, larger, larger.length - length, length);
            start = larger.length - length;
            bytes = larger;
        }
    }
}
