// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The name of a systemd unit that has a cgroup.
 *
 * @param stem all before the type's suffix
 * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html">systemd.unit(5)</a>
 */
record UnitName(String stem, Type type) {
    /** As many characters as systemd allows: UNIT_NAME_MAX. */
    private static final int MAX_LENGTH = 255;

    /** Those of systemd's types whose units have cgroups. */
    enum Type {
        SLICE(".slice"),
        SERVICE(".service"),
        SCOPE(".scope"),
        SOCKET(".socket"),
        MOUNT(".mount"),
        SWAP(".swap");

        private final String suffix;

        Type(String suffix) {
            this.suffix = suffix;
        }
    }

    /**
     * The unit that a cgroup's directory is named after; null if it is named otherwise. A name that the kernel could take for one of its
     * own files has an underscore before it, which is not the unit's: cg_escape() in systemd's cgroup-util.c.
     */
    static @Nullable UnitName ofDirectory(String directory) {
        String name = directory.startsWith("_") ? directory.substring(1) : directory;
        if (name.length() > MAX_LENGTH) {
            return null;
        }
        for (Type type : Type.values()) {
            if (name.endsWith(type.suffix)) {
                String stem = name.substring(0, name.length() - type.suffix.length());
                return isValid(stem) ? new UnitName(stem, type) : null;
            }
        }
        return null;
    }

    private static boolean isValid(String stem) {
        for (int i = 0; i < stem.length(); i++) {
            char c = stem.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && ":-_.\\@".indexOf(c) < 0) {
                return false;
            }
        }
        return !stem.isEmpty();
    }

    @Override
    public String toString() {
        return stem + type.suffix;
    }

    /**
     * Replaces {@code \x2d} and its like by the bytes they stand for. A dash stays: where systemd escapes the name of a machine, a slash
     * cannot be what it stands for.
     */
    static String unescape(String escaped) {
        if (escaped.indexOf('\\') < 0) {
            return escaped;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
        for (int i = 0; i < escaped.length(); ) {
            int value = escaped.startsWith("\\x", i) && i + 4 <= escaped.length()
                    ? hexadecimal(escaped.charAt(i + 2), escaped.charAt(i + 3))
                    : -1;
            if (value >= 0) {
                bytes.write(value);
                i += 4;
            } else {
                int end = escaped.offsetByCodePoints(i, 1);
                bytes.writeBytes(escaped.substring(i, end).getBytes(UTF_8));
                i = end;
            }
        }
        return bytes.toString(UTF_8);
    }

    private static int hexadecimal(char high, char low) {
        int upper = Character.digit(high, 16);
        int lower = Character.digit(low, 16);
        return upper < 0 || lower < 0 ? -1 : upper << 4 | lower;
    }
}
