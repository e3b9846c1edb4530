// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.access.AccessOptions;
import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.selection.CgroupSelection;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the service can be told.
 *
 * @param access who gets in
 * @param telemetryPath where the metrics are
 * @param maxAge how old a snapshot may be that scrapes share
 * @param classicBuckets those of histograms to show where they are not native ones
 * @param selection which cgroups have series of their own
 * @param created whether OpenMetrics says of each sample when its counts began
 * @param history how long the live page remembers; empty for no such page
 */
public record ServiceOptions(
        ListenAddress listen,
        AccessOptions access,
        String telemetryPath,
        Duration maxAge,
        CgroupSelection selection,
        ClassicBuckets classicBuckets,
        boolean created,
        Optional<Duration> history) {
    private static final Pattern PATH = Pattern.compile("(?:/[A-Za-z0-9._~][A-Za-z0-9._~-]*)+");

    /** With what nobody has chosen otherwise, and without the live page. */
    public ServiceOptions(ListenAddress listen, String telemetryPath, Duration maxAge) {
        this(
                listen,
                AccessOptions.DEFAULT,
                telemetryPath,
                maxAge,
                CgroupSelection.all(),
                ClassicBuckets.DEFAULT,
                false,
                Optional.empty());
    }

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
