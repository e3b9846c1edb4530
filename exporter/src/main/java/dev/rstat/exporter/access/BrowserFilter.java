// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns away who asks by a strange name, whatever is asked for; and puts on every answer, that of {@link PasswordFilter} too, what browsers
 * need to know.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(property = Access.PROPERTY, value = "true")
final class BrowserFilter implements Ordered {
    /** Where an answer says nothing else, as the page does. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin");

    private final Access access;

    BrowserFilter(Access access) {
        this.access = access;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @RequestFilter
    @Nullable HttpResponse<?> turnAway(HttpRequest<?> request) {
        return access.hosts()
                .refusal(request.getHeaders().get(HttpHeaders.HOST))
                .map(refusal ->
                        HttpResponse.status(HttpStatus.FORBIDDEN).body(refusal).contentType(MediaType.TEXT_PLAIN_TYPE))
                .orElse(null);
    }

    @ResponseFilter
    void say(MutableHttpResponse<?> response) {
        HEADERS.forEach((name, value) -> {
            if (!response.getHeaders().contains(name)) {
                response.header(name, value);
            }
        });
        access.config().headers().forEach((name, value) -> response.getHeaders().set(name, value));
    }
}
