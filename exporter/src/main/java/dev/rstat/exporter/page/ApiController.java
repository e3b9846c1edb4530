// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpParameters;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** The numbers behind the page, as JSON, and when there are new ones. For the page alone: it changes as the page does. */
@Controller("/api")
@Requires(property = Live.PROPERTY, value = "true")
final class ApiController {
    private static final int MOST_STATS = 32;

    private final Live live;
    private final Answers answers;

    ApiController(Live live, Answers answers) {
        this.live = live;
        this.answers = answers;
    }

    /** The present frame: {@code stats}, keys with commas between, and {@code tree}, the number of the tree that the client has. */
    @Get("/frame")
    @Produces(MediaType.APPLICATION_JSON)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> frame(HttpRequest<?> request) {
        HttpParameters parameters = request.getParameters();
        List<String> stats = keys(parameters);
        long tree = parameters.get("tree", Long.class).orElse(-1L);
        return shown(present -> answers.frame(present, stats, tree));
    }

    /** One cgroup by its {@code id}: all of its stats, and the history of {@code stats} and of one {@code histogram}. */
    @Get("/cgroup")
    @Produces(MediaType.APPLICATION_JSON)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> cgroup(HttpRequest<?> request) {
        HttpParameters parameters = request.getParameters();
        long id = parameters.get("id", Long.class).orElse(0L);
        List<String> stats = keys(parameters);
        String histogram = parameters.get("histogram", String.class).orElse("");
        return shown(present -> answers.cgroup(present, id, stats, histogram));
    }

    /** An event {@code frame} for each new frame. */
    @Get("/events")
    @Produces(MediaType.TEXT_EVENT_STREAM)
    HttpResponse<?> events() {
        return live.viewers()
                .admit()
                .<HttpResponse<?>>map(events ->
                        PageHeaders.onLive(HttpResponse.ok(events)).contentType(MediaType.TEXT_EVENT_STREAM_TYPE))
                .orElseGet(() -> unavailable("%d pages are open at this service, which is as many as it tells of news"
                        .formatted(Viewers.MOST)));
    }

    private HttpResponse<?> shown(Function<Present.Shown, byte[]> answer) {
        return switch (live.look()) {
            case Present.Missing(String reason) -> unavailable(reason);
            case Present.Shown present ->
                PageHeaders.onLive(HttpResponse.ok(answer.apply(present))).contentType(MediaType.APPLICATION_JSON_TYPE);
        };
    }

    private static MutableHttpResponse<?> unavailable(String reason) {
        return PageHeaders.onLive(
                        HttpResponse.status(HttpStatus.SERVICE_UNAVAILABLE).body(reason + "\n"))
                .contentType(MediaType.TEXT_PLAIN_TYPE);
    }

    private static List<String> keys(HttpParameters parameters) {
        return Arrays.stream(parameters.get("stats", String.class).orElse("").split(",", -1))
                .filter(key -> !key.isEmpty())
                .distinct()
                .limit(MOST_STATS)
                .toList();
    }
}
