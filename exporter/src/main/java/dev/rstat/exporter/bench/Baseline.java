// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a baseline server answers with. */
interface Baseline {
    /** As much as a scrape has in one. */
    int CHUNK_BYTES = 64 << 10;

    /**
     * A body.
     *
     * @param gzip whether that is what the chunks are
     */
    record Body(boolean gzip, List<byte[]> chunks) {
        static Body of(boolean gzip, byte[] bytes) {
            List<byte[]> chunks = new ArrayList<>();
            for (int from = 0; from < bytes.length; from += CHUNK_BYTES) {
                chunks.add(Arrays.copyOfRange(bytes, from, Math.min(from + CHUNK_BYTES, bytes.length)));
            }
            return new Body(gzip, chunks);
        }
    }

    /**
     * @param name of the body, the last part of the request's path
     */
    Body body(String name);
}
