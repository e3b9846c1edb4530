// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.fuzz.FuzzTarget;
import java.util.List;
import java.util.function.BiPredicate;

/** A pattern and a path: they match if they do by the definition, written down as it is and as slow as that is. */
public final class CgroupGlobFuzz implements FuzzTarget {
    private static final int LONGEST_FOR_DEFINITION = 200;

    @Override
    public String name() {
        return "globs";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                seed("/system.slice/*.service", "/system.slice/cron.service"),
                seed("**/a/**/b?", "/x/a/y/z/bc"),
                seed("/*a*b*c*", "/xxaxxbxxbxxc"),
                seed("/", "/"),
                seed("/**", "/a/b"),
                // One character, and two units of UTF-16.
                seed("/?", "/\uD83D\uDE00"),
                seed("/" + "*a".repeat(60), "/" + "a".repeat(100)));
    }

    private static byte[] seed(String pattern, String path) {
        return (pattern + "\n" + path).getBytes(UTF_8);
    }

    @Override
    public int longest() {
        return 400;
    }

    @Override
    public void run(byte[] input) {
        String[] parts = new String(input, UTF_8).split("\n", 2);
        if (parts.length < 2 || !parts[1].startsWith("/")) {
            return;
        }
        List<String> path = CgroupGlob.components(parts[1]);
        CgroupGlob glob;
        try {
            glob = CgroupGlob.parse(parts[0]);
        } catch (IllegalArgumentException said) {
            FuzzTarget.require(String.valueOf(said.getMessage()).startsWith("`"), "no word of the pattern: " + said);
            return;
        }
        boolean matches = glob.matches(path);
        FuzzTarget.require(
                !matches || glob.withDescendants().matches(path), "its descendants, and not itself: " + parts[0]);
        if (input.length <= LONGEST_FOR_DEFINITION) {
            FuzzTarget.require(
                    matches == matches(CgroupGlob.components(parts[0]), path),
                    "`%s` %s `%s`".formatted(parts[0], matches ? "matches" : "does not match", parts[1]));
        }
    }

    private static boolean matches(List<String> pattern, List<String> path) {
        return matches(
                pattern,
                path,
                "**"::equals,
                (component, name) -> matches(
                        characters(component),
                        characters(name),
                        "*"::equals,
                        (wanted, is) -> wanted.equals("?") || wanted.equals(is)));
    }

    private static List<String> characters(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
    }

    /** Whether the first so many of a pattern match the first so many of a text, for all of both. */
    private static boolean matches(
            List<String> pattern,
            List<String> text,
            java.util.function.Predicate<String> many,
            BiPredicate<String, String> one) {
        boolean[][] matched = new boolean[pattern.size() + 1][text.size() + 1];
        for (int i = 0; i <= pattern.size(); i++) {
            for (int j = 0; j <= text.size(); j++) {
                if (i == 0) {
                    matched[i][j] = j == 0;
                } else if (many.test(pattern.get(i - 1))) {
                    matched[i][j] = matched[i - 1][j] || (j > 0 && matched[i][j - 1]);
                } else {
                    matched[i][j] = j > 0 && matched[i - 1][j - 1] && one.test(pattern.get(i - 1), text.get(j - 1));
                }
            }
        }
        return matched[pattern.size()][text.size()];
    }
}
