// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.Label;
import java.util.List;

/** Encodes attributes: {@code KeyValue} of opentelemetry/proto/common/v1/common.proto. */
final class Attributes {
    /** The number of attributes in {@code NumberDataPoint} and {@code SummaryDataPoint}. */
    static final int OF_NUMBER = 7;

    /** Their number in {@code ExponentialHistogramDataPoint} and {@code Resource}. */
    static final int OF_HISTOGRAM = 1;

    static final int OF_RESOURCE = 1;
    static final byte[] NONE = {};

    private Attributes() {}

    static void write(ReverseProtobuf out, int field, String key, String value) {
        int end = out.length();
        out.string(1, value);
        write(out, field, key, end);
    }

    static void write(ReverseProtobuf out, int field, String key, long value) {
        int end = out.length();
        out.integer(3, value);
        write(out, field, key, end);
    }

    static void write(ReverseProtobuf out, int field, String key, double value) {
        int end = out.length();
        out.number(4, value);
        write(out, field, key, end);
    }

    static void write(ReverseProtobuf out, int field, String key, boolean value) {
        int end = out.length();
        out.integer(2, value ? 1 : 0);
        write(out, field, key, end);
    }

    private static void write(ReverseProtobuf out, int field, String key, int end) {
        out.message(2, end);
        out.string(1, key);
        out.message(field, end);
    }

    /** Encoded once, for points to come. */
    static byte[] encode(int field, List<Label> labels) {
        ReverseProtobuf out = new ReverseProtobuf(64);
        for (Label label : labels.reversed()) {
            write(out, field, label.name(), label.value());
        }
        return out.toByteArray();
    }
}
