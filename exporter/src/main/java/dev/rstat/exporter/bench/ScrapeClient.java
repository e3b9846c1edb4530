// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Objects;

/** A scraper that does nothing with what it reads, on one connection. */
final class ScrapeClient {
    private final byte[] buffer = new byte[256 << 10];

    /**
     * What a client asks for.
     *
     * @param accept the format
     * @param gzip whether it may be compressed
     */
    record Wish(String accept, boolean gzip) {}

    /**
     * What it got.
     *
     * @param contentType without parameters
     * @param bytes of the body, as they came
     */
    record Answer(String contentType, boolean gzip, long bytes) {}

    /**
     * Returns after the last byte.
     *
     * @param body gets the body as it came
     */
    Answer get(URI uri, Wish wish, OutputStream body) {
        try {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setRequestProperty("Accept", wish.accept());
            connection.setRequestProperty("Accept-Encoding", wish.gzip() ? "gzip" : "identity");
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException("%s answers %d %s"
                        .formatted(uri, connection.getResponseCode(), connection.getResponseMessage()));
            }
            long bytes = 0;
            try (InputStream in = connection.getInputStream()) {
                for (int read; (read = in.read(buffer)) >= 0; ) {
                    body.write(buffer, 0, read);
                    bytes += read;
                }
            }
            String type = Objects.requireNonNullElse(connection.getContentType(), "");
            return new Answer(type.split(";", 2)[0], "gzip".equals(connection.getContentEncoding()), bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
