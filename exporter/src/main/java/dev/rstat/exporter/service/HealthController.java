// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.snapshot.Reading;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.TreeMap;

/** For whoever starts, restarts and routes to the service. */
@Controller("/-")
@Produces(MediaType.TEXT_PLAIN)
final class HealthController {
    private final SharedSnapshot snapshot;

    HealthController(SharedSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** The process is up: restarting it would cure nothing. */
    @Get("/healthy")
    String healthy() {
        return "rstat is healthy.\n";
    }

    /** It has numbers to show. */
    @Get("/ready")
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<String> ready() {
        return switch (snapshot.get()) {
            case Reading.Failed(String reason) -> notReady(reason);
            case Reading.Taken taken ->
                taken.snapshot().collectors().isEmpty()
                        ? notReady("no collector can be read: "
                                + new TreeMap<>(taken.snapshot().failures()))
                        : HttpResponse.ok("rstat is ready.\n");
        };
    }

    private static HttpResponse<String> notReady(String reason) {
        return HttpResponse.<String>status(HttpStatus.SERVICE_UNAVAILABLE).body("rstat is not ready: " + reason + "\n");
    }
}
