// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

/** Protocol buffers' wire format: fields, each a tag and a value. */
final class ProtobufBuffer extends ChunkBuffer {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int LONGEST_VARINT = 10;

    /** {@code Metric.label}. */
    private static final int LABEL = 1;

    ProtobufBuffer() {}

    ProtobufBuffer(int capacity) {
        super(capacity);
    }

    void appendVarintField(int field, long value) {
        appendTag(field, VARINT);
        appendVarint(value);
    }

    void appendDoubleField(int field, double value) {
        appendTag(field, FIXED64);
        reserve(Double.BYTES);
        long bits = Double.doubleToRawLongBits(value);
        for (int shift = 0; shift < Double.SIZE; shift += Byte.SIZE) {
            put((int) (bits >>> shift));
        }
    }

    /** Bytes, a string, or a message. */
    void appendField(int field, byte[] value) {
        appendFieldStart(field, value.length);
        append(value);
    }

    /** A message. */
    void appendField(int field, ChunkBuffer message) {
        appendFieldStart(field, message.length());
        append(message);
    }

    /** What comes next in this many bytes is the field's value. */
    void appendFieldStart(int field, int length) {
        appendTag(field, LENGTH_DELIMITED);
        appendVarint(length);
    }

    /** A {@code LabelPair} as a field of {@code Metric}. */
    void appendLabel(byte[] name, byte[] value) {
        appendFieldStart(LABEL, fieldSize(name.length) + fieldSize(value.length));
        appendField(1, name);
        appendField(2, value);
    }

    /** Seven bits a byte, the lowest first. */
    void appendVarint(long value) {
        reserve(LONGEST_VARINT);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            put((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        put((int) rest);
    }

    /** For numbers of either sign that are mostly small. */
    static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }

    /** How long a field is whose value has that length, and whose number is below 16. */
    static int fieldSize(int length) {
        return 1 + varintSize(length) + length;
    }

    static int varintSize(long value) {
        return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7);
    }

    private void appendTag(int field, int wireType) {
        appendVarint((field << 3) | wireType);
    }
}
