// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;

/**
 * Where and when something was measured.
 *
 * @param processor its model, as /proc/cpuinfo has it
 * @param cpus that the kernel runs on
 * @param kernel its release
 * @param load the average of the last minute
 */
public record Machine(String processor, int cpus, String kernel, double load, Instant time) {
    public static Machine here() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            String processor = lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
            return new Machine(
                    processor,
                    Runtime.getRuntime().availableProcessors(),
                    Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                    loadNow(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static double loadNow() {
        try {
            return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
