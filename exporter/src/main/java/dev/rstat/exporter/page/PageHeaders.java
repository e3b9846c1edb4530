// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MutableHttpResponse;

/** What browsers are told to do and not to do with the page and all it is made of. */
final class PageHeaders {
    /** Only what the exporter itself serves, nothing written into the page, no frames, no forms. */
    static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private PageHeaders() {}

    static <T> MutableHttpResponse<T> on(MutableHttpResponse<T> response) {
        return response.header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .header("Cross-Origin-Resource-Policy", "same-origin")
                .header("Cross-Origin-Opener-Policy", "same-origin");
    }

    /** As {@link #on}, of what is another a moment later. */
    static <T> MutableHttpResponse<T> onLive(MutableHttpResponse<T> response) {
        return on(response).header(HttpHeaders.CACHE_CONTROL, "no-store");
    }
}
