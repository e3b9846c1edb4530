// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Snapshot;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What an encoder makes of all cgroups and collectors of a snapshot. */
final class Encoded {
    private Encoded() {}

    static List<byte[]> chunks(CgroupEncoder encoder, Snapshot snapshot, Format format) {
        int[] all = IntStream.range(0, snapshot.cgroups().size()).toArray();
        CgroupExposition exposition = encoder.encode(snapshot, format, all, _ -> true);
        List<byte[]> chunks = new ArrayList<>();
        boolean more;
        do {
            more = exposition.nextChunk(chunk -> {
                byte[] bytes = new byte[chunk.remaining()];
                chunk.get(bytes);
                chunks.add(bytes);
            });
        } while (more);
        return chunks;
    }

    static byte[] bytes(CgroupEncoder encoder, Snapshot snapshot, Format format) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks(encoder, snapshot, format).forEach(all::writeBytes);
        return all.toByteArray();
    }

    static String text(CgroupEncoder encoder, Snapshot snapshot, Format format) {
        return new String(bytes(encoder, snapshot, format), UTF_8);
    }
}
