// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.exporter.exposition.Format;
import io.micronaut.http.HttpRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NegotiationTest {
    /** Headers of real scrapers among them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "TEXT        | */*",
                "TEXT        | text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "TEXT        | application/json",
                "TEXT        | text/plain;version=0.0.4;q=1,*/*;q=0.1",
                // Prometheus 2.42
                "OPENMETRICS | application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                // the same with native histograms
                "PROTOBUF    | application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                // Prometheus 3
                "OPENMETRICS | application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                "TEXT        | application/openmetrics-text;version=1.0.0;q=0.1, text/plain;version=0.0.4",
                "TEXT        | application/openmetrics-text;version=2.0.0",
                "TEXT        | application/openmetrics-text;q=0, application/vnd.google.protobuf;encoding=text",
                "OPENMETRICS | application/openmetrics-text",
            })
    void theBestThatWeHave(Format expected, String accept) {
        HttpRequest<?> request = HttpRequest.GET("/metrics").header("Accept", accept);
        assertThat(Negotiation.format(request.getHeaders().accept())).isEqualTo(expected);
    }
}
