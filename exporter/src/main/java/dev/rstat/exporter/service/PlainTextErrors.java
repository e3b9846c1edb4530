// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import io.micronaut.context.annotation.Primary;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;

/** Status and reason, nothing else: clients are scrapers and people with curl. */
@Primary
@Singleton
final class PlainTextErrors implements ErrorResponseProcessor<String> {
    @Override
    public MutableHttpResponse<String> processResponse(ErrorContext context, MutableHttpResponse<?> response) {
        String line = "%d %s\n".formatted(response.code(), response.reason());
        MutableHttpResponse<String> plain = response.body(line);
        if (context.getRequest().getMethod() == HttpMethod.HEAD) {
            return plain.body(null);
        }
        return plain.contentType(MediaType.TEXT_PLAIN_TYPE);
    }
}
