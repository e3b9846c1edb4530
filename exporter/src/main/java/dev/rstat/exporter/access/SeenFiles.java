// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Files that were read, and how they were found then: whether one has changed since is seen without reading it. */
final class SeenFiles {
    private static final int MOST_BYTES = 1 << 20;

    private final Map<Path, String> found = new LinkedHashMap<>();

    /**
     * @throws RstatException if it cannot be read
     */
    String read(Path file) {
        // Before it is read: what changes meanwhile is seen the next time.
        found.put(file, look(file));
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new RstatException("%s is larger than 1 MiB".formatted(file));
            }
            return new String(Files.readAllBytes(file), UTF_8);
        } catch (NoSuchFileException e) {
            throw new RstatException("%s is not there".formatted(file), e);
        } catch (IOException e) {
            throw new RstatException(
                    "%s cannot be read: %s; it must be readable by the service's user"
                            .formatted(file, e.getClass().getSimpleName()),
                    e);
        }
    }

    boolean haveChanged() {
        return found.entrySet().stream().anyMatch(file -> !look(file.getKey()).equals(file.getValue()));
    }

    /** Through links, so that one that is made to point elsewhere, as Kubernetes does with secrets, is another file. */
    private static String look(Path file) {
        try {
            return new TreeMap<>(Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime")).toString();
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }
}
