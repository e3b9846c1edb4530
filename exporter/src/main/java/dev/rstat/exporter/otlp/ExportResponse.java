// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads {@code ExportMetricsServiceResponse}, which the SDK's exporters do not look into. */
final class ExportResponse {
    private static final int PARTIAL_SUCCESS = 1;
    private static final int REJECTED_POINTS = 1;
    private static final int ERROR_MESSAGE = 2;

    private long rejected;
    private String message = "";

    private ExportResponse() {}

    /**
     * @throws IllegalArgumentException if it is no such message
     */
    static Answer.Accepted parse(byte[] response) {
        ExportResponse parsed = new ExportResponse();
        try {
            parsed.read(ByteBuffer.wrap(response).order(ByteOrder.LITTLE_ENDIAN));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("it ends too early", e);
        }
        return new Answer.Accepted(parsed.rejected, parsed.message);
    }

    private void read(ByteBuffer in) {
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            if (tag == (PARTIAL_SUCCESS << 3 | 2)) {
                readPartialSuccess(slice(in));
            } else {
                skip(in, tag);
            }
        }
    }

    private void readPartialSuccess(ByteBuffer in) {
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            if (tag == REJECTED_POINTS << 3) {
                rejected = varint(in);
            } else if (tag == (ERROR_MESSAGE << 3 | 2)) {
                message = UTF_8.decode(slice(in)).toString();
            } else {
                skip(in, tag);
            }
        }
    }

    private static void skip(ByteBuffer in, int tag) {
        if (tag >>> 3 == 0) {
            throw new IllegalArgumentException("it has a field 0");
        }
        switch (tag & 7) {
            case 0 -> varint(in);
            case 1 -> in.getLong();
            case 2 -> slice(in);
            case 5 -> in.getInt();
            default -> throw new IllegalArgumentException("it has a field of type " + (tag & 7));
        }
    }

    private static ByteBuffer slice(ByteBuffer in) {
        long length = varint(in);
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer slice = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) length);
        return slice;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("it has a number of more than 64 bits");
    }
}
