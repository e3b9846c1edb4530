// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The CPUs that this process may run on. */
final class AllowedCpus {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String KEY = "Cpus_allowed_list:";

    private AllowedCpus() {}

    /** The highest: CPU 0 has most of the host's own work. */
    static int last() {
        try {
            return last(Files.readAllLines(STATUS));
        } catch (IOException e) {
            throw new RstatException("cannot read %s: %s".formatted(STATUS, e.getMessage()), e);
        }
    }

    /** From the lines of {@code /proc/PID/status}; a list is like {@code 0-3,8}. */
    static int last(List<String> status) {
        String list = status.stream()
                .filter(line -> line.startsWith(KEY))
                .map(line -> line.substring(KEY.length()).strip())
                .findFirst()
                .orElseThrow(() -> new RstatException("%s has no %s".formatted(STATUS, KEY)));
        return Integer.parseInt(list.substring(Math.max(list.lastIndexOf('-'), list.lastIndexOf(',')) + 1));
    }
}
