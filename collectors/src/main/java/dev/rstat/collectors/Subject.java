// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Native;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import jnr.ffi.Pointer;

/**
 * Whom a grant is for.
 *
 * @param id the uid, the gid, or the cgroup's id
 */
public record Subject(Kind kind, long id) {
    /** Offsets in {@code struct passwd} and {@code struct group}. */
    private static final int NAME = 0;

    private static final int NUMBER = 16;

    /** What a grant can be for; numbers as in bpf/policy.h. */
    public enum Kind {
        USER(1),
        GROUP(2),
        /** The processes in a cgroup, and in those below it. */
        CGROUP(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Kind of(long number) {
            return Arrays.stream(values())
                    .filter(kind -> kind.number == number)
                    .findFirst()
                    .orElseThrow(() -> new RstatException("the policy has a grant of another version; load again"));
        }
    }

    /**
     * @param text {@code user:NAME}, {@code group:NAME} or {@code cgroup:PATH}; a number will do for each
     * @throws RstatException if there is no such user, group or cgroup
     */
    public static Subject of(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? "" : text.substring(0, colon);
        String name = text.substring(colon + 1);
        return Arrays.stream(Kind.values())
                .filter(known -> known.label().equals(kind))
                .findFirst()
                .map(known -> new Subject(known, number(known, name)))
                .orElseThrow(() -> new RstatException("`%s` is no subject; write one of %s, with a name or a number"
                        .formatted(
                                text,
                                Arrays.stream(Kind.values())
                                        .map(known -> known.label() + ":")
                                        .collect(Collectors.joining(", ")))));
    }

    private static long number(Kind kind, String name) {
        if (!name.isEmpty() && name.chars().allMatch(Character::isDigit)) {
            try {
                return kind == Kind.CGROUP ? Long.parseUnsignedLong(name) : Integer.parseUnsignedInt(name);
            } catch (NumberFormatException tooLarge) {
                throw new RstatException("there is no %s %s: the number is too large".formatted(kind.label(), name));
            }
        }
        if (kind == Kind.CGROUP) {
            return Cgroups.id(name);
        }
        Pointer entry =
                kind == Kind.USER ? Native.c().getpwnam(name) : Native.c().getgrnam(name);
        if (entry == null) {
            throw new RstatException("there is no %s `%s`".formatted(kind.label(), name));
        }
        return Integer.toUnsignedLong(entry.getInt(NUMBER));
    }

    /** As {@link #of} reads it, with the name where there is one. */
    @Override
    public String toString() {
        return kind.label() + ":" + name();
    }

    private String name() {
        if (kind == Kind.CGROUP) {
            return Cgroups.name(id);
        }
        Pointer entry =
                kind == Kind.USER ? Native.c().getpwuid((int) id) : Native.c().getgrgid((int) id);
        return entry == null ? Long.toString(id) : entry.getPointer(NAME).getString(0);
    }
}
