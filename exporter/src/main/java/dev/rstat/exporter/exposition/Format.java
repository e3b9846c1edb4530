// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import io.prometheus.client.exporter.common.TextFormat;

/** How a scrape can be answered. */
public enum Format {
    /** Prometheus text format 0.0.4. */
    TEXT(TextFormat.CONTENT_TYPE_004),
    /** OpenMetrics 1.0 text. */
    OPENMETRICS(TextFormat.CONTENT_TYPE_OPENMETRICS_100),
    /** {@code io.prometheus.client.MetricFamily} messages, each after its length; histograms are native ones. */
    PROTOBUF("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");

    private final String contentType;

    Format(String contentType) {
        this.contentType = contentType;
    }

    public String contentType() {
        return contentType;
    }
}
