// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.manual;

/** Writes the language of manual pages, as man(7) has it. */
final class Roff {
    private final StringBuilder page = new StringBuilder();

    /** {@code .NAME}, and its arguments in quotes. */
    Roff macro(String name, String... arguments) {
        page.append('.').append(name);
        for (String argument : arguments) {
            page.append(" \"").append(escaped(argument)).append('"');
        }
        page.append('\n');
        return this;
    }

    /** Lines of text, which are filled: where they end there does not matter. */
    Roff text(String text) {
        for (String line : text.strip().lines().toList()) {
            // A control character in front would make it a macro.
            page.append("\\&").append(escaped(line.strip())).append('\n');
        }
        return this;
    }

    /** Lines that stay as they are: examples. */
    Roff verbatim(Iterable<String> lines) {
        macro("nf");
        lines.forEach(line -> page.append("\\&").append(escaped(line)).append('\n'));
        return macro("fi");
    }

    /** So that every character prints as itself: a bare {@code -} would be a hyphen, and could not be pasted into a shell. */
    private static String escaped(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("'", "\\(aq")
                .replace("`", "\\(ga")
                .replace("\"", "\\(dq")
                .replace("~", "\\(ti")
                .replace("^", "\\(ha");
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
