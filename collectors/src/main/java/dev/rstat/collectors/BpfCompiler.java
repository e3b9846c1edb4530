// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Compiles collectors with clang and the headers that belong to this version: {@code bpf/compile} of the distribution, beside the folder
 * {@code lib} of its jars.
 */
public final class BpfCompiler {
    private static final String SUFFIX = ".bpf.c";

    private final Path script;

    private BpfCompiler(Path script) {
        this.script = script;
    }

    /**
     * @throws RstatException if this program does not run from a distribution
     */
    public static BpfCompiler ofDistribution() {
        try {
            Path jar = Path.of(BpfCompiler.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path script = jar.resolveSibling("../bpf/compile").normalize();
            if (!Files.isExecutable(script)) {
                throw new RstatException(
                        "cannot compile: %s is missing; it is part of the distribution, as `rstat build` leaves it in exporter/target/dist"
                                .formatted(script));
            }
            return new BpfCompiler(script);
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException("a jar on the class path has a path", impossible);
        }
    }

    /**
     * Compiles a source.
     *
     * @param folder gets the object; made if it is not there
     * @param said receives every line of the compiler
     * @return {@code folder/NAME.bpf.o}
     * @throws RstatException with the first error, or what is missing on this host
     */
    public Path compile(Path source, Path folder, Consumer<String> said) {
        String name = String.valueOf(source.getFileName());
        if (!name.endsWith(SUFFIX)) {
            throw new RstatException("%s is no source of a collector: it is called NAME.bpf.c".formatted(source));
        }
        try {
            Process process = new ProcessBuilder(
                            script.toString(),
                            folder.toString(),
                            source.toAbsolutePath().toString())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            List<String> lines = process.inputReader(StandardCharsets.UTF_8).readAllLines();
            lines.forEach(said);
            if (process.waitFor() != 0) {
                throw new RstatException("%s does not compile: %s".formatted(source, summary(lines)));
            }
            return folder.resolve(name.substring(0, name.length() - 1) + "o");
        } catch (IOException failure) {
            throw new RstatException("cannot run %s: %s".formatted(script, failure.getMessage()), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RstatException("interrupted while %s was compiled".formatted(source), interrupted);
        }
    }

    /** clang's first error, or else the last word, which is the script's. */
    private static String summary(List<String> lines) {
        return lines.stream()
                .filter(line -> line.contains("error: "))
                .findFirst()
                .orElseGet(() -> lines.isEmpty() ? "it does not say why" : lines.getLast())
                .replaceFirst("^bpf/compile: ", "");
    }
}
