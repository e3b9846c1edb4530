// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.rstat.collectors.Await;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real Prometheus, Debian's package, that scrapes a service each second. */
final class RunningPrometheus implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    private RunningPrometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Returns when it has scraped.
     *
     * @param folder an empty one
     */
    static RunningPrometheus scraping(RunningService service, Path folder, String... options) throws IOException {
        Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s}
                scrape_configs:
                  - job_name: rstat
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """.formatted(service.port()));
        int port = RunningService.freePort();
        List<String> command = new ArrayList<>(List.of(
                Peers.path("prometheus", "prometheus").toString(),
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port));
        command.addAll(List.of(options));
        RunningPrometheus prometheus = new RunningPrometheus(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start(),
                port);
        prometheus.await("the target is up", "up{job=\"rstat\"} == 1");
        return prometheus;
    }

    /** Returns when the query has an answer. */
    void await(String what, String query) {
        Await.until(what, PATIENCE, () -> !values(query).isEmpty());
    }

    /** Of the one series in the answer. */
    double value(String query) {
        List<Double> values = values(query);
        if (values.size() != 1) {
            throw new AssertionError("%d series, not one: %s".formatted(values.size(), query));
        }
        return values.getFirst();
    }

    private List<Double> values(String query) {
        String address = "http://127.0.0.1:%d/api/v1/query?query=%s"
                .formatted(port, URLEncoder.encode(query, StandardCharsets.UTF_8));
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
            return switch (response.statusCode()) {
                case 200 -> parsed(new JsonFactory().createParser(response.body()));
                case 503 -> List.of(); // it is starting
                default -> throw new AssertionError(query + ": " + response.body());
            };
        } catch (ConnectException notYet) {
            return List.of();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
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

    @Override
    public void close() {
        client.close();
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
