// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.exposition.Format;
import io.micronaut.http.MediaType;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which format a scraper gets: the first it can read of those it likes best. */
final class Negotiation {
    private Negotiation() {}

    /**
     * @param accepted of the {@code Accept} header
     * @return the text format for those who ask for nothing we have, as exporters do: a person with a browser or curl can read it
     */
    static Format format(List<MediaType> accepted) {
        return accepted.stream()
                .filter(type -> type.getQualityAsNumber().compareTo(BigDecimal.ZERO) > 0)
                .sorted(Comparator.comparing(MediaType::getQualityAsNumber).reversed())
                .map(Negotiation::format)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(Format.TEXT);
    }

    private static Optional<Format> format(MediaType type) {
        return switch (type.getType() + "/" + type.getSubtype()) {
            case "application/vnd.google.protobuf" ->
                "io.prometheus.client.MetricFamily".equals(parameter(type, "proto"))
                                && "delimited".equals(parameter(type, "encoding"))
                        ? Optional.of(Format.PROTOBUF)
                        : Optional.empty();
            case "application/openmetrics-text" -> version(type, "1.0.0", Format.OPENMETRICS);
            case "text/plain" -> version(type, "0.0.4", Format.TEXT);
            case "text/*", "*/*" -> Optional.of(Format.TEXT);
            default -> Optional.empty();
        };
    }

    private static Optional<Format> version(MediaType type, String version, Format format) {
        String wanted = parameter(type, "version");
        return wanted == null || wanted.equals(version) ? Optional.of(format) : Optional.empty();
    }

    private static @Nullable String parameter(MediaType type, String name) {
        return type.getParameters().get(name).orElse(null);
    }
}
