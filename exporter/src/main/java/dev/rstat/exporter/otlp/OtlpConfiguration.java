// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.RstatException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.ResourceConfiguration;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How to push, as the SDK's autoconfiguration reads it: {@code OTEL_*} variables, over a file of the same in the form of properties, under
 * options of the command line.
 *
 * @param endpoint where to, without secrets
 * @param delta whether sums and histograms are sent as differences to what was sent before
 */
public record OtlpConfiguration(
        Sender sender, URI endpoint, String protocol, Duration interval, boolean delta, Resource resource) {
    /** The property of the receiver's address, to which HTTP adds a path. */
    public static final String ENDPOINT = "otel.exporter.otlp.endpoint";

    /** Comes before the other, and is taken as it is. */
    private static final String METRICS_ENDPOINT = "otel.exporter.otlp.metrics.endpoint";

    private static final String HTTP = "http/protobuf";

    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    /**
     * @param environment variables
     * @param file of properties, like {@code otel.exporter.otlp.headers}; empty for none
     * @param options properties that the command line sets
     * @return empty if there is no endpoint to push to, or it is switched off
     * @throws RstatException if it cannot be understood
     */
    public static Optional<OtlpConfiguration> read(
            Map<String, String> environment, Map<String, String> file, Map<String, String> options) {
        Map<String, String> given = new HashMap<>(file);
        environment.forEach((name, value) -> {
            if (name.startsWith("OTEL_") && !value.isBlank()) {
                given.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        if (options.containsKey(ENDPOINT)) {
            given.remove(METRICS_ENDPOINT);
        }
        given.putAll(options);
        if (!given.containsKey(ENDPOINT) && !given.containsKey(METRICS_ENDPOINT)) {
            // Nor does the SDK then need to be loaded.
            return Optional.empty();
        }
        given.putIfAbsent("otel.exporter.otlp.protocol", HTTP);
        given.putIfAbsent("otel.exporter.otlp.compression", "gzip");
        given.put("otel.traces.exporter", "none");
        given.put("otel.logs.exporter", "none");
        given.put("otel.propagators", "none");
        return configure(given);
    }

    private static Optional<OtlpConfiguration> configure(Map<String, String> given) {
        SenderCapture capture =
                new SenderCapture(ComponentLoader.forClassLoader(OtlpConfiguration.class.getClassLoader()));
        AtomicReference<ConfigProperties> read = new AtomicReference<>();
        try {
            AutoConfiguredOpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    .setComponentLoader(capture)
                    .disableShutdownHook()
                    .addPropertiesCustomizer(_ -> given)
                    .addMetricExporterCustomizer((exporter, properties) -> {
                        read.set(properties);
                        return exporter;
                    })
                    .build();
            sdk.getOpenTelemetrySdk().close();
        } catch (RuntimeException e) {
            throw new RstatException("OTLP: " + reason(e) + "; see OTEL_EXPORTER_OTLP_* and --otlp.*", e);
        }
        SenderCapture.Captured captured = capture.captured();
        ConfigProperties properties = read.get();
        return captured == null || properties == null
                ? Optional.empty()
                : Optional.of(new OtlpConfiguration(
                        captured.sender(),
                        withoutSecrets(captured.endpoint()),
                        protocol(properties),
                        interval(properties),
                        isDelta(properties),
                        resource(properties)));
    }

    private static String protocol(ConfigProperties properties) {
        String protocol = properties.getString("otel.exporter.otlp.metrics.protocol");
        return protocol != null ? protocol : properties.getString("otel.exporter.otlp.protocol", HTTP);
    }

    private static Duration interval(ConfigProperties properties) {
        Duration interval = properties.getDuration("otel.metric.export.interval", Duration.ofMinutes(1));
        if (!interval.isPositive()) {
            throw new RstatException(
                    "OTLP: the time from push to push is above 0, not %d ms; see OTEL_METRIC_EXPORT_INTERVAL and --otlp.interval"
                            .formatted(interval.toMillis()));
        }
        return interval;
    }

    /** {@code lowmemory} is delta for what is counted as it happens, which cgroups' totals are, as the specification has it. */
    private static boolean isDelta(ConfigProperties properties) {
        return !properties
                .getString("otel.exporter.otlp.metrics.temporality.preference", "cumulative")
                .equalsIgnoreCase("cumulative");
    }

    private static Resource resource(ConfigProperties properties) {
        return Resource.create(io.opentelemetry.api.common.Attributes.of(
                        AttributeKey.stringKey("service.name"),
                        "rstat-exporter",
                        AttributeKey.stringKey("host.name"),
                        hostName()))
                .merge(ResourceConfiguration.createEnvironmentResource(properties));
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException _) {
            return "localhost";
        }
    }

    /**
     * {@code https://user:password@host} is a URL, too. Not by what {@link URI} says the user is: it says none where the host is no name
     * of the Internet's, such as {@code otel_collector}.
     */
    private static URI withoutSecrets(URI endpoint) {
        String authority = endpoint.getRawAuthority();
        int at = authority == null ? -1 : authority.lastIndexOf('@');
        return at < 0
                ? endpoint
                : URI.create(endpoint.toString().replace("//" + authority, "//" + authority.substring(at + 1)));
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause().getMessage() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
