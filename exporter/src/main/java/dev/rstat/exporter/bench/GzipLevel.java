// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.zip.Deflater;

/** What compressing a body takes at one of zlib's levels, in pieces as the server does it. */
final class GzipLevel {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private GzipLevel() {}

    /**
     * @param bytes of the outcome
     * @param milliseconds of CPU time
     */
    record Cost(long bytes, double milliseconds) {}

    static Cost measure(int level, byte[] body) {
        byte[] out = new byte[Baseline.CHUNK_BYTES];
        long start = THREADS.getCurrentThreadCpuTime();
        try (Deflater deflater = new Deflater(level, true)) {
            for (int from = 0; from < body.length; from += Baseline.CHUNK_BYTES) {
                deflater.setInput(body, from, Math.min(Baseline.CHUNK_BYTES, body.length - from));
                while (!deflater.needsInput()) {
                    deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
                }
            }
            deflater.finish();
            while (!deflater.finished()) {
                deflater.deflate(out);
            }
            return new Cost(deflater.getBytesWritten(), (THREADS.getCurrentThreadCpuTime() - start) / 1e6);
        }
    }
}
