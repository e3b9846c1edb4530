// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Instant queries, as Prometheus and those who imitate it answer them. */
record PrometheusQueries(int port) {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Of the one series in the answer. */
    double value(String query) {
        List<Double> values = values(query);
        if (values.size() != 1) {
            throw new AssertionError("%d series, not one: %s".formatted(values.size(), query));
        }
        return values.getFirst();
    }

    /** Of each series in the answer; none while nobody answers. */
    List<Double> values(String query) {
        return ask(query, PrometheusQueries::parsed, List.of());
    }

    /** How many series are in the answer, with numbers or with histograms. */
    int series(String query) {
        return ask(query, PrometheusQueries::counted, 0);
    }

    private interface Reader<T> {
        T read(JsonParser json) throws IOException;
    }

    private <T> T ask(String query, Reader<T> reader, T nothing) {
        String address = "http://127.0.0.1:%d/api/v1/query?query=%s"
                .formatted(port, URLEncoder.encode(query, StandardCharsets.UTF_8));
        try {
            HttpResponse<String> response = CLIENT.send(
                    HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
            return switch (response.statusCode()) {
                case 200 -> reader.read(new JsonFactory().createParser(response.body()));
                case 503 -> nothing; // it is starting
                default -> throw new AssertionError(query + ": " + response.body());
            };
        } catch (ConnectException notYet) {
            return nothing;
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static int counted(JsonParser json) throws IOException {
        int series = 0;
        while (json.nextToken() != null) {
            if (json.currentToken() == JsonToken.FIELD_NAME
                    && json.currentName().equals("metric")) {
                series++;
            }
        }
        return series;
    }

    /** Of each series in an answer to an instant query: a pair of a time and a text. */
    private static List<Double> parsed(JsonParser json) throws IOException {
        List<Double> values = new ArrayList<>();
        while (json.nextToken() != null) {
            if (json.currentToken() == JsonToken.FIELD_NAME
                    && json.currentName().equals("value")) {
                json.nextToken();
                json.nextToken();
                values.add(Double.valueOf(json.nextTextValue()));
            }
        }
        return values;
    }
}
