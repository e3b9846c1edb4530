// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The files of a folder, read once each; compressed are those whose name says so. */
final class StoredBytes implements Baseline {
    static final String GZIP_SUFFIX = ".gz";

    private final Path folder;
    private final Map<String, Body> bodies = new ConcurrentHashMap<>();

    StoredBytes(Path folder) {
        this.folder = folder;
    }

    @Override
    public Body body(String name) {
        return bodies.computeIfAbsent(name, file -> {
            try {
                return Body.of(file.endsWith(GZIP_SUFFIX), Files.readAllBytes(folder.resolve(file)));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }
}
