// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code deploy/compose/compose.yaml}. */
final class ComposeFile {
    static final Path PATH = ImageContainers.DEPLOY.resolve("compose/compose.yaml");

    private ComposeFile() {}

    /** The image of that name with the tag that the file pins. */
    static String image(String name) {
        try {
            return Files.readAllLines(PATH).stream()
                    .map(String::strip)
                    .filter(line -> line.startsWith("image: " + name + ":"))
                    .map(line -> line.substring("image: ".length()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
