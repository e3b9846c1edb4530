// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Label;
import dev.rstat.fuzz.FuzzTarget;
import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_36_2.Metrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Labels with whatever values, as each format writes them: a reader of the format reads the same labels. */
public final class LabelsFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "labels";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                "/a\"b\\n\nc\\".getBytes(UTF_8),
                "x\",le=\"1\0\\\"\0\u2028\uD83D\uDE00".getBytes(UTF_8),
                "\0\0".getBytes(UTF_8));
    }

    @Override
    public void run(byte[] input) {
        List<Label> labels = new ArrayList<>();
        for (String value : new String(input, UTF_8).split("\0", 16)) {
            labels.add(new Label("l" + labels.size(), value));
        }
        String text = new String(LabelSyntax.TEXT.labels(labels), UTF_8);
        FuzzTarget.require(text.indexOf('\n') < 0, "two lines: " + text);
        FuzzTarget.require(parse(text).equals(labels), "other labels: " + text);
        FuzzTarget.require(Escapes.help(text).indexOf('\n') < 0, "a help of two lines: " + text);
        try {
            List<Label> read = Metrics.Metric.parseFrom(LabelSyntax.PROTOBUF.labels(labels)).getLabelList().stream()
                    .map(pair -> new Label(pair.getName(), pair.getValue()))
                    .toList();
            FuzzTarget.require(read.equals(labels), "other labels: " + read);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** By the grammar of the text format: a backslash before n, a quote and itself. */
    private static List<Label> parse(String text) {
        List<Label> labels = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int equals = text.indexOf("=\"", at);
            String name = text.substring(at, equals);
            StringBuilder value = new StringBuilder();
            at = equals + 2;
            while (text.charAt(at) != '"') {
                char c = text.charAt(at++);
                if (c == '\\') {
                    char escaped = text.charAt(at++);
                    FuzzTarget.require("\\\"n".indexOf(escaped) >= 0, "no escape of the format: " + text);
                    value.append(escaped == 'n' ? '\n' : escaped);
                } else {
                    value.append(c);
                }
            }
            labels.add(new Label(name, value.toString()));
            at++;
            FuzzTarget.require(at == text.length() || text.charAt(at++) == ',', "no comma: " + text);
        }
        return labels;
    }
}
