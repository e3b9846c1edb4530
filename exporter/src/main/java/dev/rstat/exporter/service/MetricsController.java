// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.prometheus.client.exporter.common.TextFormat;

/** The scrape. */
@Controller
final class MetricsController {
    private final Scrape scrape;

    MetricsController(Scrape scrape) {
        this.scrape = scrape;
    }

    /** Answers with this format whatever the client prefers, as exporters do: a scraper that asks for another can read it. */
    @Get("${rstat.telemetry-path}")
    @Produces(MediaType.ALL)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<ScrapeBody> metrics() {
        return HttpResponse.ok(scrape.body()).header(HttpHeaders.CONTENT_TYPE, TextFormat.CONTENT_TYPE_004);
    }
}
