// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import org.jline.utils.WCWidth;

/**
 * Text for a terminal, measured in its cells. Names of cgroups are whatever somebody called them: nothing of a name may reach the terminal
 * as anything but something to show, and no name may be shown as another.
 */
final class Cells {
    /** In the place of what was cut off. */
    private static final char CUT = '~';

    private Cells() {}

    /**
     * What is no character to show, as an escape of printable ones: control characters, and those that have no place of their own or
     * change that of others, such as marks of direction.
     */
    static String printable(String text) {
        if (text.codePoints().allMatch(Cells::isPrintable)) {
            return text;
        }
        StringBuilder printable = new StringBuilder();
        text.codePoints().forEach(codePoint -> {
            if (isPrintable(codePoint)) {
                printable.appendCodePoint(codePoint);
            } else {
                printable.append(codePoint < 0x100 ? "\\x%02x".formatted(codePoint) : "\\u{%x}".formatted(codePoint));
            }
        });
        return printable.toString();
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> WCWidth.wcwidth(codePoint) >= 0;
        };
    }

    /** How many cells printable text takes. */
    static int width(String text) {
        return text.codePoints().map(WCWidth::wcwidth).sum();
    }

    /** As much from the beginning of printable text as fits. */
    static String cut(String text, int width) {
        if (width(text) <= width) {
            return text;
        }
        StringBuilder cut = new StringBuilder();
        int left = width - 1;
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            left -= WCWidth.wcwidth(text.codePointAt(at));
            if (left < 0) {
                break;
            }
            cut.appendCodePoint(text.codePointAt(at));
        }
        return width < 1 ? "" : cut.append(CUT).toString();
    }

    /** Cut or filled up on the right. */
    static String left(String text, int width) {
        String cut = cut(text, width);
        return cut + " ".repeat(Math.max(0, width - width(cut)));
    }

    /** Cut or filled up on the left. */
    static String right(String text, int width) {
        String cut = cut(text, width);
        return " ".repeat(Math.max(0, width - width(cut))) + cut;
    }
}
