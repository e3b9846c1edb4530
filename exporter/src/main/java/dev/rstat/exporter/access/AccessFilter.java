// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns away who asks by a strange name or without a password, whatever is asked for; and puts on every answer what browsers need to know. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(property = Access.PROPERTY, value = "true")
final class AccessFilter {
    private static final String SCHEME = "basic ";

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

    AccessFilter(Access access) {
        this.access = access;
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    @Nullable HttpResponse<?> turnAway(HttpRequest<?> request) {
        String refusal = access.hosts()
                .refusal(request.getHeaders().get(HttpHeaders.HOST))
                .orElse(null);
        if (refusal != null) {
            return plain(HttpStatus.FORBIDDEN, refusal);
        }
        Map<String, String> users = access.config().users();
        if (users.isEmpty()) {
            return null;
        }
        return switch (verdict(users, request.getHeaders().get(HttpHeaders.AUTHORIZATION))) {
            case RIGHT -> null;
            case WRONG ->
                plain(HttpStatus.UNAUTHORIZED, "401 Unauthorized\n")
                        .header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"rstat\", charset=\"UTF-8\"");
            case BUSY ->
                plain(HttpStatus.SERVICE_UNAVAILABLE, "503 Service Unavailable: too many passwords to check\n")
                        .header(HttpHeaders.RETRY_AFTER, "5");
        };
    }

    private Passwords.Verdict verdict(Map<String, String> users, @Nullable String authorization) {
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            return Passwords.Verdict.WRONG;
        }
        byte[] credentials;
        try {
            credentials = Base64.getDecoder()
                    .decode(authorization.substring(SCHEME.length()).strip());
        } catch (IllegalArgumentException _) {
            return Passwords.Verdict.WRONG;
        }
        int colon = 0;
        while (colon < credentials.length && credentials[colon] != ':') {
            colon++;
        }
        if (colon == credentials.length) {
            return Passwords.Verdict.WRONG;
        }
        return access.passwords()
                .check(
                        users,
                        new String(credentials, 0, colon, UTF_8),
                        Arrays.copyOfRange(credentials, colon + 1, credentials.length));
    }

    private static MutableHttpResponse<?> plain(HttpStatus status, String text) {
        return HttpResponse.status(status).body(text).contentType(MediaType.TEXT_PLAIN_TYPE);
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
