// SPDX-License-Identifier: Apache-2.0
package dev.rstat.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Jazzer calls, and what {@code ./rstat test fuzz} asks before it starts Jazzer. */
public final class Fuzz {
    private static @Nullable BoundedRun run;

    private Fuzz() {}

    /** Prints each target's name and its longest input, and leaves its seeds in a folder of its name. */
    public static void main(String[] args) throws IOException {
        for (FuzzTarget target : FuzzTarget.all()) {
            Path folder = Files.createDirectories(Path.of(args[0], target.name()));
            List<byte[]> seeds = target.seeds();
            for (int i = 0; i < seeds.size(); i++) {
                Files.write(folder.resolve("seed-" + i), seeds.get(i));
            }
            System.out.println(target.name() + " " + target.longest());
        }
    }

    /**
     * Jazzer's, once.
     *
     * @param args the target's name
     */
    public static void fuzzerInitialize(String[] args) {
        run = FuzzTarget.all().stream()
                .filter(target -> target.name().equals(args[0]))
                .map(BoundedRun::new)
                .findFirst()
                .orElseThrow();
    }

    /** Jazzer's, for each input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (run == null) {
            throw new IllegalStateException("no target was named");
        }
        run.of(input);
    }
}
