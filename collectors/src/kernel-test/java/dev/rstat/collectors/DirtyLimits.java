// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Limits of dirty memory in the whole system, until closed: Documentation/admin-guide/sysctl/vm.rst. */
final class DirtyLimits implements AutoCloseable {
    private static final Path VM = Path.of("/proc/sys/vm");
    private static final Path BACKGROUND = VM.resolve("dirty_background_ratio");
    private static final Path THROTTLING = VM.resolve("dirty_ratio");

    private final String background;
    private final String throttling;

    /**
     * @param backgroundBytes from which on it is written back
     * @param throttlingBytes at which those who make it dirty sleep
     */
    DirtyLimits(long backgroundBytes, long throttlingBytes) throws IOException {
        background = Files.readString(BACKGROUND);
        throttling = Files.readString(THROTTLING);
        Files.writeString(VM.resolve("dirty_background_bytes"), Long.toString(backgroundBytes));
        Files.writeString(VM.resolve("dirty_bytes"), Long.toString(throttlingBytes));
    }

    /** Bytes replace a ratio, which when written replaces them in turn. */
    @Override
    public void close() throws IOException {
        Files.writeString(THROTTLING, throttling);
        Files.writeString(BACKGROUND, background);
    }
}
