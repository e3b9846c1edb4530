// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

/**
 * A format that a scraper may ask for.
 *
 * @param contentType of the answer, by which one can tell that it is spoken
 * @param accept as Prometheus asks for it
 */
record Format(String name, String contentType, String accept) {
    static final Format TEXT = new Format("text", "text/plain", "text/plain;version=0.0.4");

    static final Format OPENMETRICS =
            new Format("OpenMetrics", "application/openmetrics-text", "application/openmetrics-text;version=1.0.0");

    static final Format PROTOBUF = new Format(
            "protobuf",
            "application/vnd.google.protobuf",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited");
}
