// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

/**
 * A key that was pressed.
 *
 * @param codePoint of a {@link Kind#CHARACTER}; else 0
 */
record Key(Kind kind, int codePoint) {
    enum Kind {
        CHARACTER,
        UP,
        DOWN,
        LEFT,
        RIGHT,
        PAGE_UP,
        PAGE_DOWN,
        HOME,
        END,
        ENTER,
        ESCAPE,
        BACKSPACE,
        TAB,
        /** Draw everything again. */
        REDRAW,
        /** A sequence nobody here knows. */
        OTHER
    }

    static Key of(Kind kind) {
        return new Key(kind, 0);
    }

    static Key of(int codePoint) {
        return new Key(Kind.CHARACTER, codePoint);
    }
}
