// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** How many files this process may have open. Reading cgroup local storage takes a descriptor for each cgroup. */
public final class DescriptorLimit {
    /** Groups of cgroups, jars, programs and maps. */
    private static final int OTHERS = 10_000;

    private DescriptorLimit() {}

    /**
     * Why this process may not have as many, if so: what needs none can be measured all the same.
     *
     * @param cgroups to have room for
     */
    public static Optional<String> raise(int cgroups) {
        int needed = cgroups + OTHERS;
        try {
            if (needed <= limit()) {
                return Optional.empty();
            }
            Process prlimit = new ProcessBuilder(
                            "prlimit",
                            "--pid",
                            Long.toString(ProcessHandle.current().pid()),
                            "--nofile=%1$d:%1$d".formatted(needed))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(prlimit.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return prlimit.waitFor() == 0 ? Optional.empty() : Optional.of(said.strip());
        } catch (IOException failure) {
            return Optional.of("the limit of open files is too low: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }

    /** The hard limit: the JVM makes it its own. */
    private static long limit() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                return Long.parseLong(line.strip().split("\\s+", -1)[4]);
            }
        }
        throw new IOException("no `Max open files` in /proc/self/limits");
    }
}
