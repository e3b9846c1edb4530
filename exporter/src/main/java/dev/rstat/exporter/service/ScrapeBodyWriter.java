// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import io.micronaut.core.type.Argument;
import io.micronaut.core.type.MutableHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.ResponseBodyWriter;
import io.micronaut.http.body.TypedMessageBodyWriter;
import io.micronaut.http.netty.body.NettyByteBodyFactory;
import jakarta.inject.Singleton;
import java.io.OutputStream;

/**
 * Hands the chunks of a scrape to the connection one by one, each when it has taken the one before.
 *
 * <p>A controller that returns a publisher would do, but for memory: on its way to another thread Micronaut takes 256 elements ahead,
 * which is 16 MiB for every client that reads slowly, and copies each into a buffer that it grows byte by byte.
 */
@Singleton
final class ScrapeBodyWriter implements TypedMessageBodyWriter<ScrapeBody>, ResponseBodyWriter<ScrapeBody> {
    @Override
    public Argument<ScrapeBody> getType() {
        return Argument.of(ScrapeBody.class);
    }

    @Override
    public CloseableByteBody writePiece(
            ByteBodyFactory bodyFactory,
            HttpRequest<?> request,
            HttpResponse<?> response,
            Argument<ScrapeBody> type,
            MediaType mediaType,
            ScrapeBody body) {
        return ((NettyByteBodyFactory) bodyFactory).adaptNetty(body.chunks());
    }

    @Override
    public void writeTo(
            Argument<ScrapeBody> type,
            MediaType mediaType,
            ScrapeBody body,
            MutableHeaders outgoingHeaders,
            OutputStream outputStream) {
        throw new UnsupportedOperationException("a scrape is written in chunks");
    }
}
