// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Label;
import java.util.List;
import java.util.stream.Collectors;

/** How labels are written. */
enum LabelSyntax {
    /** {@code a="b",c="d"}, as both text formats have it. */
    TEXT {
        @Override
        byte[] value(String value) {
            return Escapes.labelValue(value).getBytes(UTF_8);
        }

        @Override
        byte[] labels(List<Label> labels) {
            return labels.stream()
                    .map(label -> label.name() + "=\"" + Escapes.labelValue(label.value()) + "\"")
                    .collect(Collectors.joining(","))
                    .getBytes(UTF_8);
        }
    },
    /** {@code LabelPair} messages as the field {@code label} of a {@code Metric}. */
    PROTOBUF {
        @Override
        byte[] value(String value) {
            return value.getBytes(UTF_8);
        }

        @Override
        byte[] labels(List<Label> labels) {
            ProtobufBuffer pairs = new ProtobufBuffer(64);
            for (Label label : labels) {
                pairs.appendLabel(label.name().getBytes(UTF_8), label.value().getBytes(UTF_8));
            }
            return pairs.take();
        }
    };

    abstract byte[] value(String value);

    abstract byte[] labels(List<Label> labels);
}
