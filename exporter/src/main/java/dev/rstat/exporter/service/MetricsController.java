// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** The scrape. */
@Controller
final class MetricsController {
    private final Scrape scrape;

    MetricsController(Scrape scrape) {
        this.scrape = scrape;
    }

    /** In the format that the client likes best of those we have; {@code ?collect[]=} and {@code ?match=} ask for a part. */
    @Get("${rstat.telemetry-path}")
    @Produces(MediaType.ALL)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> metrics(HttpRequest<?> request) {
        try {
            ScrapeQuery query = ScrapeQuery.of(request);
            return HttpResponse.ok(scrape.body(query))
                    .header(HttpHeaders.CONTENT_TYPE, query.format().contentType())
                    .header(HttpHeaders.VARY, HttpHeaders.ACCEPT);
        } catch (IllegalArgumentException e) {
            return HttpResponse.badRequest("400 Bad Request: " + e.getMessage() + "\n")
                    .contentType(MediaType.TEXT_PLAIN_TYPE);
        }
    }
}
