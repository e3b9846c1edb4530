// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A shell of root in which commands are typed one after the other, and go on in the background, where they leave the host alone: its
 * network, {@code /run} and {@code /etc} are its own. Cgroups and what is loaded into the kernel are the host's.
 */
final class SandboxShell implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Ends a command's output, with its status. */
    private static final String DONE = "@sandbox-done ";

    private final Path directory;
    private final Process process;
    private final PrintWriter orders;
    private final BufferedReader answers;

    private SandboxShell(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
        this.orders = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * @param directory where it starts
     * @param path programs that come before the host's
     * @param scratch for what is changed below /etc; on a file system that overlayfs takes
     */
    static SandboxShell start(Path directory, Path path, Path scratch) throws IOException {
        Files.createDirectories(scratch.resolve("upper"));
        Files.createDirectories(scratch.resolve("work"));
        ProcessBuilder builder = new ProcessBuilder("unshare", "--mount", "--net", "--propagation", "private", "bash")
                .redirectErrorStream(true)
                .directory(directory.toFile());
        builder.environment().merge("PATH", path.toString(), (old, first) -> first + ":" + old);
        SandboxShell shell = new SandboxShell(directory, builder.start());
        shell.run("mount -t overlay -o lowerdir=/etc,upperdir=%1$s/upper,workdir=%1$s/work overlay /etc"
                .formatted(scratch));
        shell.run("mount -t tmpfs -o mode=755 tmpfs /run");
        shell.run("ip link set lo up");
        return shell;
    }

    /** What it says when it is done, with status 0. What it reads is empty. */
    String run(String command) {
        Outcome outcome = execute(command);
        assertThat(outcome.status()).as("%s%n%s", command, outcome.output()).isZero();
        return outcome.output();
    }

    private record Outcome(int status, String output) {}

    private Outcome execute(String command) {
        orders.println("{ %s\n} </dev/null; echo; echo '%s'$?".formatted(command, DONE));
        try {
            return CompletableFuture.supplyAsync(this::answer).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new AssertionError("not done after %s: %s".formatted(PATIENCE, command), late);
        } catch (ExecutionException failure) {
            throw new AssertionError(command, failure.getCause());
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private Outcome answer() {
        List<String> lines = new ArrayList<>();
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(DONE)) {
                    return new Outcome(Integer.parseInt(line.substring(DONE.length())), String.join("\n", lines));
                }
                lines.add(line);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        throw new AssertionError("the shell has ended: " + lines);
    }

    /** Starts one in the background, and returns when it has said something. */
    void start(String command, String says) {
        run("%s >background 2>&1 &".formatted(command));
        awaitText("background", says);
    }

    /** Returns when something is in a file of the shell's directory. */
    void awaitText(String file, String text) {
        Path said = directory.resolve(file);
        try {
            Await.until(
                    "%s in %s".formatted(text, file),
                    PATIENCE,
                    () -> Files.exists(said) && Files.readString(said).contains(text));
        } catch (AssertionError failure) {
            throw new AssertionError(
                    "%s; there is:%n%s"
                            .formatted(
                                    failure.getMessage(), execute("cat " + file).output()),
                    failure);
        }
    }

    /** Ends what was started last in the background; its status is its own. */
    void stop() {
        execute("kill $!; wait $!");
    }

    /** What runs a command in its namespaces for another shell, a terminal's. */
    List<String> within(String command) {
        return List.of("nsenter", "--target=" + process.pid(), "--mount", "--net", "--wd=" + directory, command);
    }

    /** Ends all that was started in it. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
