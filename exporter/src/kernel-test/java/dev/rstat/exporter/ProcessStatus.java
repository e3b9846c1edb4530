// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** What the kernel says of a process. */
final class ProcessStatus {
    private ProcessStatus() {}

    /** The lines of /proc/PID/status, by their names. */
    static Map<String, String> of(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/%d/status".formatted(pid))).stream()
                    .map(line -> line.split(":", 2))
                    .collect(Collectors.toMap(fields -> fields[0], fields -> fields[1].strip()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
