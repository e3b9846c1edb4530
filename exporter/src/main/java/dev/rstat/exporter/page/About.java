// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

/**
 * What does not change while the service runs.
 *
 * @param telemetryPath where the metrics are
 * @param host its name
 */
public record About(String version, String telemetryPath, String host) {}
