// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads pinned iterators. They are no ordinary files: they cannot be sought, which the reading methods of {@code Files} do. */
final class IteratorFile {
    /** What an iterator prints at once is cut to the first read's size, and never more than this. */
    private static final int MAX_PRINT = 32 * 1024;

    private IteratorFile() {}

    /**
     * Runs the iterator and returns what it prints.
     *
     * @throws RstatException if it cannot be opened or read
     */
    static String read(Path file) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        byte[] buffer = new byte[MAX_PRINT];
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                text.write(buffer, 0, length);
            }
        } catch (IOException failure) {
            throw new RstatException("cannot read %s: %s".formatted(file, failure.getMessage()), failure);
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
