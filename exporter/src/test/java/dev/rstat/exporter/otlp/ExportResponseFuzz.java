// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.rstat.fuzz.FuzzTarget;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import java.util.List;

/** What a receiver of OTLP answers: read as protobuf's own reader does. */
public final class ExportResponseFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "otlp-answer";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                ExportMetricsServiceResponse.newBuilder()
                        .setPartialSuccess(ExportMetricsPartialSuccess.newBuilder()
                                .setRejectedDataPoints(42)
                                .setErrorMessage("too old"))
                        .build()
                        .toByteArray(),
                // A group, which no message of today has, and which a reader steps over.
                new byte[] {0x1b, 0x08, 0x01, 0x1c},
                // To find a line's end took a time that grew with the square of the blanks before it.
                ("x" + " ".repeat(300_000) + "x").getBytes(UTF_8));
    }

    @Override
    public void run(byte[] input) {
        String line = Sender.oneLine(new String(input, UTF_8));
        FuzzTarget.require(
                line.length() <= 203 && line.chars().noneMatch(c -> "\n\r\u000b\f\u0085\u2028\u2029".indexOf(c) >= 0),
                "no one line: " + line);
        Answer.Accepted ours;
        try {
            ours = ExportResponse.parse(input);
        } catch (IllegalArgumentException said) {
            return;
        }
        try {
            ExportMetricsServiceResponse theirs = ExportMetricsServiceResponse.parseFrom(input);
            Answer.Accepted same = new Answer.Accepted(
                    theirs.getPartialSuccess().getRejectedDataPoints(),
                    theirs.getPartialSuccess().getErrorMessage());
            FuzzTarget.require(ours.equals(same), "%s, and protobuf reads %s".formatted(ours, same));
        } catch (InvalidProtocolBufferException stricter) {
            // Of text that is not UTF-8, say.
        }
    }
}
