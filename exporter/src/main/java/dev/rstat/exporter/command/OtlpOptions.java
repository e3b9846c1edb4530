// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.exporter.otlp.OtlpConfiguration;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where {@code serve} and {@code run} push to, beside what OpenTelemetry's own variables say. */
final class OtlpOptions {
    private static final String ENDPOINT = "--otlp.endpoint";
    private static final String PROTOCOL = "--otlp.protocol";
    private static final String INTERVAL = "--otlp.interval";
    private static final String FILE = "--otlp.config.file";

    /** How a push is sent. */
    enum Protocol {
        HTTP("http/protobuf"),
        GRPC("grpc");

        private final String property;

        Protocol(String property) {
            this.property = property;
        }
    }

    @Option(
            names = ENDPOINT,
            paramLabel = "URL",
            description = {
                "Push to this OTLP receiver: http://localhost:4318, or with --otlp.protocol=grpc http://localhost:4317. Default: none.",
                "OpenTelemetry's variables do as well, OTEL_EXPORTER_OTLP_ENDPOINT and the others, for headers and certificates say."
            })
    @Nullable String endpoint;

    @Option(
            names = PROTOCOL,
            paramLabel = "PROTOCOL",
            description = "http or grpc. Default: OTEL_EXPORTER_OTLP_PROTOCOL, or else http.")
    @Nullable Protocol protocol;

    @Option(
            names = INTERVAL,
            paramLabel = "TIME",
            converter = WebOptions.DurationConverter.class,
            description = "Time from push to push. Default: OTEL_METRIC_EXPORT_INTERVAL, or else 1m.")
    @Nullable Duration interval;

    @Option(
            names = FILE,
            paramLabel = "FILE",
            description =
                    "The same as the variables in a file, which may hold secrets: lines like `otel.exporter.otlp.headers=KEY=VALUE`. Variables win.")
    @Nullable Path file;

    /**
     * @param environment that may have OpenTelemetry's variables
     * @return empty if there is nothing to push to
     * @throws RstatException if it cannot be read or understood
     */
    Optional<OtlpConfiguration> configuration(Map<String, String> environment) {
        Map<String, String> properties = new HashMap<>();
        if (endpoint != null) {
            properties.put(OtlpConfiguration.ENDPOINT, endpoint);
        }
        if (protocol != null) {
            properties.put("otel.exporter.otlp.metrics.protocol", protocol.property);
        }
        if (interval != null) {
            properties.put("otel.metric.export.interval", Long.toString(interval.toMillis()));
        }
        return OtlpConfiguration.read(environment, file == null ? Map.of() : read(file), properties);
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new RstatException(
                    "cannot read %s %s: %s; it must be readable by the service's user"
                            .formatted(FILE, file, e.getMessage()),
                    e);
        }
        Map<String, String> read = new HashMap<>();
        properties.forEach((name, value) -> read.put((String) name, (String) value));
        return read;
    }

    /** The same as arguments of {@code rstat serve}. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        if (endpoint != null) {
            arguments.add(ENDPOINT + "=" + endpoint);
        }
        if (protocol != null) {
            arguments.add(PROTOCOL + "=" + protocol);
        }
        if (interval != null) {
            arguments.add(INTERVAL + "=" + interval.toMillis() + "ms");
        }
        if (file != null) {
            arguments.add(FILE + "=" + file);
        }
        return arguments;
    }
}
