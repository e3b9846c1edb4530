// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import java.nio.file.Path;
import java.util.Objects;

/** Where the programs are that tests work with: deploy/testbed/fetch puts them there. */
final class Peers {
    private static final Path FOLDER =
            Path.of(Objects.requireNonNull(System.getProperty("rstat.peers"), "-Drstat.peers=DIR"));

    private Peers() {}

    static Path path(String item, String name) {
        return FOLDER.resolve(item).resolve(name);
    }
}
