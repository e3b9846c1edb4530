// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import java.io.Console;
import java.io.PrintWriter;
import java.util.List;

/** Shows a table again and again: in the same place on a terminal, one below the other elsewhere. */
final class Screen {
    private final PrintWriter out;
    private final boolean terminal;
    private int shown;

    private Screen(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    // Whether there is a console where there is no terminal has changed from one JDK to the next.
    @SuppressWarnings("SystemConsoleNull")
    static Screen of(PrintWriter out) {
        Console console = System.console();
        return new Screen(out, console != null && console.isTerminal());
    }

    void show(List<String> lines) {
        if (terminal && shown > 0) {
            // Up by what was shown, then clear to the end: ECMA-48 CUU and ED.
            out.print("\u001b[%dA\u001b[J".formatted(shown));
        } else if (shown > 0) {
            out.println();
        }
        lines.forEach(out::println);
        out.flush();
        shown = lines.size();
    }
}
