// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.exporter.exposition.CgroupExposition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/** What a baseline server answers with. */
interface Baseline {
    /** As much as a scrape has in one. */
    int CHUNK_BYTES = CgroupExposition.CHUNK_BYTES;

    /**
     * A body.
     *
     * @param gzip whether that is what the chunks are
     */
    record Body(boolean gzip, List<ByteBuf> chunks) {
        static Body of(boolean gzip, byte[] bytes) {
            List<ByteBuf> chunks = new ArrayList<>();
            for (int from = 0; from < bytes.length; from += CHUNK_BYTES) {
                int count = Math.min(CHUNK_BYTES, bytes.length - from);
                chunks.add(Unpooled.directBuffer(count).writeBytes(bytes, from, count));
            }
            return new Body(gzip, chunks);
        }
    }

    /**
     * @param name of the body, the last part of the request's path
     */
    Body body(String name);
}
