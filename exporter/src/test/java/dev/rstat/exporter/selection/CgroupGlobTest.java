// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns of paths, as users write them. */
class CgroupGlobTest {
    private static boolean matches(String pattern, String path) {
        return CgroupGlob.parse(pattern).matches(CgroupGlob.components(path));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/                        | /",
                "/a                       | /a",
                "/a/b                     | /a/b",
                "/*                       | /a",
                "/*.slice                 | /system.slice",
                "/system.slice/*.service  | /system.slice/cron.service",
                "/s*.s*e                  | /system.slice",
                "/a?c                     | /abc",
                "/**                      | /",
                "/**                      | /a/b/c",
                "/a/**                    | /a",
                "/a/**                    | /a/b/c",
                "**/b                     | /b",
                "**/b                     | /a/b",
                "**/b/**                  | /a/b/c/d",
                "/a/**/d                  | /a/d",
                "/a/**/d                  | /a/b/c/d",
                "/**/a/**/a/**            | /b/a/b/b/a",
                "/**/**                   | /a",
                "/[a]{b}\\x2d+(.)         | /[a]{b}\\x2d+(.)",
                "/a*b*c                   | /aXbXbXc",
                "/*                       | /*"
            })
    void matching(String pattern, String path) {
        assertThat(matches(pattern, path)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/                        | /a",
                "/a                       | /",
                "/a                       | /a/b",
                "/a                       | /ab",
                "/*                       | /",
                "/*                       | /a/b",
                "/*.slice                 | /a.slice/b.slice",
                "/?                       | /ab",
                "/a?                      | /a",
                "**/b                     | /a/bc",
                "**/b                     | /b/a",
                "/a/**/d                  | /a/b",
                "/a/**/d                  | /d",
                "/a.c                     | /abc",
                "/A                       | /a"
            })
    void notMatching(String pattern, String path) {
        assertThat(matches(pattern, path)).isFalse();
    }

    @Test
    void withDescendantsIsWhatIsBelowAsWell() {
        for (String path : new String[] {"/a", "/a/b", "/a/b/c"}) {
            assertThat(CgroupGlob.parse("/a").withDescendants().matches(CgroupGlob.components(path)))
                    .isTrue();
        }
        assertThat(CgroupGlob.parse("/a").withDescendants().matches(CgroupGlob.components("/ab")))
                .isFalse();
        assertThat(CgroupGlob.parse("/").withDescendants().matches(CgroupGlob.components("/x/y")))
                .isTrue();
        assertThat(CgroupGlob.parse("**/x").withDescendants().matches(CgroupGlob.components("/a/x/y")))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "system.slice  | `system.slice` matches no cgroup: paths start with /; write `/system.slice`, or `**/system.slice` for any depth",
                "**            | `**` matches no cgroup: paths start with /; write `/**`, or `**/**` for any depth",
                "/a/           | `/a/` matches no cgroup: there is an empty name between, or after, its slashes",
                "/a//b         | `/a//b` matches no cgroup: there is an empty name between, or after, its slashes",
                "/a**          | `/a**` has `a**`: ** stands between slashes; within a name write *"
            })
    void whatMatchesNothingIsRefusedWithTheCure(String pattern, String message) {
        assertThatThrownBy(() -> CgroupGlob.parse(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** An expression of java.util.regex that says the same is the oracle; these are short enough for it. */
    @Test
    void isWhatARegularExpressionSays() {
        Random random = new Random(5);
        int matching = 0;
        for (int i = 0; i < 100_000; i++) {
            String pattern = any(random, new String[] {"a", "b", "*", "?", "**"});
            String path = any(random, new String[] {"a", "b", "ab", "ba"});
            if (pattern.matches(".*[^/]\\*\\*.*|.*\\*\\*[^/].*")) {
                continue;
            }
            boolean expected = expression(pattern).matcher(path).matches();
            assertThat(matches(pattern, path)).as("%s on %s", pattern, path).isEqualTo(expected);
            matching += expected ? 1 : 0;
        }
        assertThat(matching).isGreaterThan(1000);
    }

    private static String any(Random random, String[] pieces) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
            text.append('/');
            for (int j = random.nextInt(3); j >= 0; j--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
        }
        return text.toString();
    }

    private static Pattern expression(String glob) {
        StringBuilder expression = new StringBuilder();
        for (String name : CgroupGlob.components(glob)) {
            expression.append(
                    name.equals("**")
                            ? "(/[^/]+)*"
                            : "/" + name.replace("?", "[^/]").replace("*", "[^/]*"));
        }
        return Pattern.compile(expression.toString());
    }

    /** What sends a backtracking expression off for the age of the universe. */
    @Test
    @Timeout(20)
    void noPatternIsABomb() {
        assertThat(matches("/" + "a*".repeat(2000) + "b", "/" + "a".repeat(8000)))
                .isFalse();
        assertThat(matches("/" + "**/a/".repeat(2000) + "b", "/a".repeat(8000))).isFalse();
        assertThat(matches("/" + "**/*a*/".repeat(300) + "b", ("/" + "a".repeat(50)).repeat(1000)))
                .isFalse();
    }
}
