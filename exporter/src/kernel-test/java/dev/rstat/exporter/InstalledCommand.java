// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The built distribution's {@code rstat}, run as users run it: in a process of its own. */
final class InstalledCommand {
    private static final Path RSTAT = Path.of(System.getProperty("rstat.dist", "exporter/target/dist"), "bin", "rstat");

    private InstalledCommand() {}

    /** What the distribution has beside its programs. */
    static Path share(String name) {
        return RSTAT.resolveSibling("../share").resolve(name).toAbsolutePath().normalize();
    }

    /** What a command did. */
    record Outcome(int status, String out, String err) {
        /** It failed as this project's commands do: one line, which names the cause and the cure, and no stack trace. */
        Outcome assertFailed(String... words) {
            assertThat(status).as(toString()).isNotZero();
            assertThat(err.lines()).as(toString()).hasSize(1);
            assertThat(err).startsWith("rstat: ").contains(words);
            return this;
        }

        Outcome assertDone() {
            assertThat(status).as(toString()).isZero();
            return this;
        }
    }

    /** {@code rstat ARGUMENTS}. */
    static List<String> plain(String... arguments) {
        List<String> command = new ArrayList<>(List.of(RSTAT.toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** {@code rstat ARGUMENTS}, under the tests' own pin root where that is an option of the command. */
    static List<String> command(String... arguments) {
        List<String> command = plain(arguments);
        if (!command.contains("--pin-root")) {
            command.add("--pin-root=" + LoadedCollectors.PIN_ROOT);
        }
        return command;
    }

    static Outcome run(String... arguments) {
        return execute(command(arguments));
    }

    /** The same after a shell command, in a mount namespace of its own: the host as it might be elsewhere. */
    static Outcome runAfter(String preparation, String... arguments) {
        return execute(List.of(
                "unshare", "--mount", "sh", "-c", preparation + " && exec " + String.join(" ", command(arguments))));
    }

    /** The same as nobody. */
    static Outcome runUnprivileged(String... arguments) {
        return execute(unprivileged(command(arguments)));
    }

    /** A command as nobody. */
    static List<String> unprivileged(List<String> command) {
        List<String> unprivileged = new ArrayList<>(
                List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"));
        unprivileged.addAll(command);
        return unprivileged;
    }

    static Outcome execute(List<String> command) {
        try {
            Path out = Files.createTempFile("rstat", ".out");
            Path err = Files.createTempFile("rstat", ".err");
            try {
                int status = new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start()
                        .waitFor();
                return new Outcome(
                        status,
                        Files.readString(out, StandardCharsets.UTF_8),
                        Files.readString(err, StandardCharsets.UTF_8));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
