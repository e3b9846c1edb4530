// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file or directory of the host that names are in, read as a whole and remembered for a while. What is not there, or is not for this
 * process to read, is as if it were empty; the log says which, once.
 *
 * @param <T> what is read
 */
final class HostSource<T> {
    private static final Logger LOG = LoggerFactory.getLogger(HostSource.class);

    /** A new container has no name for so long at most. */
    static final Duration MAX_AGE = Duration.ofSeconds(10);

    /** More than a host can have of anything that is listed here. */
    private static final int MAX_ENTRIES = 1 << 16;

    /** The cache has one entry. */
    private enum Key {
        CONTENT
    }

    /** Reads it. */
    @FunctionalInterface
    interface Reader<T> {
        T read(Path path) throws IOException;
    }

    private final Path path;
    private final Reader<T> reader;
    private final T nothing;
    private final LoadingCache<Key, T> cache;
    private String said = "";

    HostSource(Path path, Reader<T> reader, T nothing, Ticker ticker) {
        this.path = path;
        this.reader = reader;
        this.nothing = nothing;
        this.cache = Caffeine.newBuilder()
                .expireAfterWrite(MAX_AGE)
                .ticker(ticker)
                // Its housekeeping takes no time with one entry, and so needs no threads.
                .executor(Runnable::run)
                .build(_ -> read());
    }

    T get() {
        return cache.get(Key.CONTENT);
    }

    /** The names in a directory. */
    static List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (names.size() == MAX_ENTRIES) {
                    break;
                }
                names.add(String.valueOf(entry.getFileName()));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** One thread at a time: the cache sees to that. */
    private T read() {
        try {
            T content = reader.read(path);
            if (!said.equals("read")) {
                said = "read";
                LOG.info("names of containers are read from {}", path);
            }
            return content;
        } catch (IOException | RuntimeException e) {
            if (!said.equals(e.toString())) {
                said = e.toString();
                LOG.debug("no names of containers from {}: {}", path, said);
            }
            return nothing;
        }
    }
}
