// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Optional;

/** Serves the page and its files. */
@Controller
@Requires(property = Live.PROPERTY, value = "true")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class PageController {
    @Get
    HttpResponse<?> page(HttpRequest<?> request) {
        return asset(request, Asset.INDEX);
    }

    @Get("/page/{+name}")
    HttpResponse<?> file(HttpRequest<?> request, String name) {
        return asset(request, name);
    }

    private static HttpResponse<?> asset(HttpRequest<?> request, String name) {
        Optional<Asset> found = Asset.of(name);
        if (found.isEmpty()) {
            return HttpResponse.status(HttpStatus.NOT_FOUND)
                    .body("404 Not Found\n")
                    .contentType(MediaType.TEXT_PLAIN_TYPE);
        }
        Asset asset = found.get();
        boolean known = asset.tag().equals(request.getHeaders().get(HttpHeaders.IF_NONE_MATCH));
        // Asked each time, so that the parts of a page are never of two versions.
        return PageHeaders.on(known ? HttpResponse.<byte[]>notModified() : HttpResponse.ok(asset.bytes()))
                .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                .header(HttpHeaders.ETAG, asset.tag())
                .header(HttpHeaders.CONTENT_TYPE, asset.contentType());
    }
}
