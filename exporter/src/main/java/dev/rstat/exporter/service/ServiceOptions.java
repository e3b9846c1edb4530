// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What the service can be told.
 *
 * @param telemetryPath where the metrics are
 * @param maxAge how old a snapshot may be that scrapes share
 */
public record ServiceOptions(ListenAddress listen, String telemetryPath, Duration maxAge) {
    private static final Pattern PATH = Pattern.compile("(?:/[A-Za-z0-9._~][A-Za-z0-9._~-]*)+");

    public ServiceOptions {
        if (!PATH.matcher(telemetryPath).matches()) {
            throw new IllegalArgumentException(
                    "'%s' is no path for metrics; give one like /metrics".formatted(telemetryPath));
        }
        if (maxAge.isNegative()) {
            throw new IllegalArgumentException("a snapshot's age is not negative: " + maxAge);
        }
    }
}
