// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Has this JVM in a cgroup until closed. To be closed before the cgroup is, which kills what it finds in it. */
public final class Inside implements AutoCloseable {
    private final Path before;

    private Inside(Path before) {
        this.before = before;
    }

    public static Inside of(TestCgroup cgroup) {
        try {
            String line = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                    .filter(hierarchy -> hierarchy.startsWith("0::/"))
                    .findFirst()
                    .orElseThrow();
            Inside inside = new Inside(CgroupMount.find().path().resolve(line.substring("0::/".length())));
            move(cgroup.directory());
            return inside;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void move(Path cgroup) throws IOException {
        Files.writeString(
                cgroup.resolve("cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
    }

    @Override
    public void close() {
        try {
            move(before);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
