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
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns away who has no password, whatever is asked for. Only there where passwords may be, as a check takes time and so a thread. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(property = Access.PASSWORDS, value = "true")
final class PasswordFilter {
    private static final String SCHEME = "basic ";

    private final Access access;

    PasswordFilter(Access access) {
        this.access = access;
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    @Nullable HttpResponse<?> turnAway(HttpRequest<?> request) {
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
}
