// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the service can be told of who gets in.
 *
 * @param configFile with TLS and passwords, in the exporter toolkit's format; empty for neither
 * @param maxConnections open at a time
 * @param allowedHosts names that a request's Host may have, beside those of {@link AllowedHosts}
 */
public record AccessOptions(Optional<Path> configFile, int maxConnections, List<String> allowedHosts) {
    public static final int DEFAULT_MAX_CONNECTIONS = 512;

    /** Plain HTTP for whoever can connect. */
    public static final AccessOptions DEFAULT = new AccessOptions(Optional.empty(), DEFAULT_MAX_CONNECTIONS, List.of());

    public AccessOptions {
        if (maxConnections < 1) {
            throw new IllegalArgumentException("at least one connection is needed, not " + maxConnections);
        }
        allowedHosts = List.copyOf(allowedHosts);
    }
}
