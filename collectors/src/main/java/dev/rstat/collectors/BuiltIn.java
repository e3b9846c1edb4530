// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The BPF objects that come with this library. */
final class BuiltIn {
    private static final String FOLDER = "/dev/rstat/bpf/";

    private BuiltIn() {}

    /** The names of the collectors, sorted. */
    static List<String> collectors() {
        return new String(read("collectors"), StandardCharsets.UTF_8)
                .lines()
                .sorted()
                .toList();
    }

    /** The object compiled from {@code NAME.bpf.c}. */
    static byte[] object(String name) {
        return read(name + ".bpf.o");
    }

    private static byte[] read(String file) {
        try (InputStream in = BuiltIn.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new RstatException("this build lacks %s%s; build it again: mvn package".formatted(FOLDER, file));
            }
            return in.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
