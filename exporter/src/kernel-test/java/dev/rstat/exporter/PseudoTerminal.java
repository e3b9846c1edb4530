// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jline.builtins.ScreenTerminal;

/** A command in a pseudo-terminal of script(1), and what somebody would see who sat there. */
final class PseudoTerminal implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final Process process;
    private final ScreenTerminal screen;
    private final StringBuilder sent = new StringBuilder();
    private int columns;
    private int rows;

    private PseudoTerminal(Path directory, Process process, int columns, int rows) {
        this.directory = directory;
        this.process = process;
        this.columns = columns;
        this.rows = rows;
        screen = new ScreenTerminal(columns, rows);
        Thread.ofVirtual().start(this::follow);
    }

    /**
     * @param type of the terminal, as terminfo has it
     */
    static PseudoTerminal start(int columns, int rows, String type, List<String> command) {
        try {
            Path directory = Files.createTempDirectory("rstat-terminal");
            // ^C goes to the shell as well: bash waits how the command takes it, dash would die of it.
            String shell =
                    "trap : INT; stty rows %d cols %d; tty >%3$s/tty; stty -g >%3$s/before; TERM=%4$s %5$s; echo $? >%3$s/status; stty -g >%3$s/after"
                            .formatted(rows, columns, directory, type, String.join(" ", command));
            Process process = new ProcessBuilder("script", "-qefc", shell, "/dev/null")
                    .redirectErrorStream(true)
                    .start();
            return new PseudoTerminal(directory, process, columns, rows);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void follow() {
        try (Reader output = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            char[] buffer = new char[4096];
            for (int read = output.read(buffer); read >= 0; read = output.read(buffer)) {
                String text = new String(buffer, 0, read);
                synchronized (this) {
                    sent.append(text);
                    screen.write(text);
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void type(String keys) {
        try {
            process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** As the window's frame is dragged: the kernel tells the command. */
    void resize(int newColumns, int newRows) throws IOException, InterruptedException {
        synchronized (this) {
            columns = newColumns;
            rows = newRows;
            screen.setSize(newColumns, newRows);
        }
        String tty = Files.readString(directory.resolve("tty")).strip();
        int status = new ProcessBuilder(
                        "stty", "-F", tty, "rows", Integer.toString(newRows), "cols", Integer.toString(newColumns))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(status).isZero();
    }

    /** SIGTERM to the command: to the JVM among what script(1) and the shell have started. */
    void terminate() {
        process.descendants()
                .filter(candidate -> candidate.info().command().orElse("").endsWith("/java"))
                .forEach(ProcessHandle::destroy);
    }

    /** What is on the screen now, a line for each row. */
    synchronized String screen() {
        long[] cells = new long[columns * rows];
        screen.dump(cells, 0, 0, rows, columns, null);
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                int codePoint = (int) cells[row * columns + column];
                line.appendCodePoint(codePoint == 0 ? ' ' : codePoint);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    void awaitScreen(String what, Predicate<String> condition) {
        try {
            Await.until(what, PATIENCE, () -> condition.test(screen()));
        } catch (AssertionError failure) {
            throw new AssertionError(failure.getMessage() + "; there is:\n" + screen(), failure);
        }
    }

    /** All that was sent to the terminal so far. */
    synchronized String sent() {
        return sent.toString();
    }

    /** Waits for the end: the command's status. The terminal must be as it was before. */
    int awaitEnd() throws IOException, InterruptedException {
        Await.until("the command ends", PATIENCE, () -> !process.isAlive());
        assertThat(directory.resolve("after")).hasSameTextualContentAs(directory.resolve("before"));
        // With a cursor, and back from the other screen if the terminal has one: as terminfo has it of xterm and the
        // console.
        assertThat(sent().contains("\u001b[?1049h")).isEqualTo(sent().contains("\u001b[?1049l"));
        assertThat(sent().lastIndexOf("\u001b[?25h")).isGreaterThan(sent().lastIndexOf("\u001b[?25l"));
        return Integer.parseInt(Files.readString(directory.resolve("status")).strip());
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            process.waitFor();
            for (String file : List.of("tty", "before", "after", "status")) {
                Files.deleteIfExists(directory.resolve(file));
            }
            Files.delete(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
