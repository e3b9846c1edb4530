// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.stream.Collectors;

/** Prometheus' text format, read. */
final class ScrapeText {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private ScrapeText() {}

    /** What a service on this host answers. */
    static String get(int port, String path) throws IOException, InterruptedException {
        return CLIENT.send(
                        HttpRequest.newBuilder(URI.create("http://localhost:%d%s".formatted(port, path)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** The samples: name and labels, as they are written, to value. */
    static Map<String, Double> samples(String text) {
        return text.lines()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.lastIndexOf(' ')),
                        line -> value(line.substring(line.lastIndexOf(' ') + 1))));
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }
}
