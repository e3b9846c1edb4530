// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.rstat.RstatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Size;

/**
 * The terminal that standard input is, by {@code stty}: it gives back exactly what was. JLine's own ways lose what they have no name for,
 * the speed of a serial line for one, and a speed of 0 hangs it up.
 */
final class Tty {
    private static final Size UNKNOWN_SIZE = new Size(80, 24);

    /** What {@code stty -g} says of how it was. */
    private final String before;

    private Tty(String before) {
        this.before = before;
    }

    /**
     * @throws RstatException if there is none
     */
    static Tty find() {
        return new Tty(stty("-g"));
    }

    /**
     * Keys come one by one, at once, and are not shown. Ctrl-C still is a signal; Ctrl-Z is none, for stopped this would leave the terminal
     * as no shell expects it.
     */
    void takeKeys() {
        stty("-icanon", "-echo", "-iexten", "-ixon", "-icrnl", "-inlcr", "min", "1", "time", "0", "susp", "undef");
    }

    void restore() {
        stty(before);
    }

    /** Columns and rows; of a terminal that does not know, what most have. */
    static Size size() {
        List<String> numbers = List.of(stty("size").split(" ", -1));
        int rows = Integer.parseInt(numbers.getFirst());
        int columns = Integer.parseInt(numbers.getLast());
        return rows < 1 || columns < 1 ? UNKNOWN_SIZE : new Size(columns, rows);
    }

    private static String stty(String... arguments) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), US_ASCII).strip();
            if (process.waitFor() != 0) {
                throw new RstatException("cannot use the terminal: " + said);
            }
            return said;
        } catch (IOException failure) {
            throw new RstatException("cannot use the terminal: " + failure.getMessage(), failure);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RstatException("interrupted", e);
        }
    }
}
