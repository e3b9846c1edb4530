// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.page.Live;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.annotation.Value;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** Serves the {@link LandingPage}, where there is no live one. */
@Controller
@Requires(property = Live.PROPERTY, value = "false")
final class LandingController {
    private final SharedSnapshot snapshot;
    private final String telemetryPath;

    LandingController(SharedSnapshot snapshot, @Value("${rstat.telemetry-path}") String telemetryPath) {
        this.snapshot = snapshot;
        this.telemetryPath = telemetryPath;
    }

    @Get
    @Produces(MediaType.TEXT_HTML)
    @ExecuteOn(TaskExecutors.BLOCKING)
    String page() {
        return LandingPage.html(telemetryPath, snapshot.get());
    }
}
