// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.exporter.service.ScrapeBody;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.netty.buffer.ByteBuf;
import io.prometheus.client.exporter.common.TextFormat;
import reactor.core.publisher.Flux;

/** Sends the bodies of a {@link Baseline} the way a scrape is sent. */
@Controller(BaselineController.PATH)
@Requires(property = BaselineController.PROPERTY)
final class BaselineController {
    static final String PROPERTY = "rstat.baseline";
    static final String PATH = "/baseline/";

    private final Baseline baseline;

    BaselineController(Baseline baseline) {
        this.baseline = baseline;
    }

    @Get("{name}")
    @Produces(MediaType.ALL)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<ScrapeBody> body(String name) {
        Baseline.Body body = baseline.body(name);
        MutableHttpResponse<ScrapeBody> response = HttpResponse.ok(
                        new ScrapeBody(Flux.fromIterable(body.chunks()).map(ByteBuf::retainedDuplicate)))
                .header(HttpHeaders.CONTENT_TYPE, TextFormat.CONTENT_TYPE_004);
        // The server leaves alone what is compressed already.
        return body.gzip() ? response.header(HttpHeaders.CONTENT_ENCODING, "gzip") : response;
    }
}
