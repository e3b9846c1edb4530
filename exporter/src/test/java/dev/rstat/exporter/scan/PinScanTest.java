// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinScanTest {
    @TempDir
    private Path root = Path.of("/");

    private void file(String path, String permissions) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void whatIsAlikeIsCountedAndWhatEverybodyMayWriteIsSaid() throws IOException {
        file("self/runqueue", "r--r--r--");
        file("self/attach", "r--r--r--");
        file("collectors/attach/totals", "rw-rw----");
        assertThat(PinScan.of(root))
                .allMatch(Finding::asPromised)
                .anyMatch(finding -> finding.of().equals(root + "/self")
                        && finding.what().startsWith("pins ")
                        && finding.what().endsWith("r--r--r--")
                        && finding.seen().equals("2"));
        file("self/oops", "rw-rw-rw-");
        assertThat(PinScan.of(root))
                .filteredOn(finding -> !finding.asPromised())
                .singleElement()
                .extracting(Finding::what)
                .asString()
                .endsWith("rw-rw-rw-");
    }

    @Test
    void whereNothingIsLoadedThereIsNothing() {
        assertThat(PinScan.of(root.resolve("none"))).isEmpty();
    }
}
