// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Loader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command says to input that it cannot use, and how it teaches. */
class RstatTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            // Messages have single quotes.
            quoteCharacter = '"',
            value = {
                "nonsense                               | Unmatched argument at index 0: 'nonsense'",
                "serve --nonsense                       | Unknown option: '--nonsense'",
                "load --collector.nonsense              | there is no collector `nonsense`; there are: attach, blockio",
                "run --no-collector.nonsense            | there is no collector `nonsense`; there are: attach, blockio",
                "load --max-cgroups=0                   | --max-cgroups is at least 1, not 0",
                "load --max-cgroups=many                | Invalid value for option '--max-cgroups'",
                "load --flush-mode=sometimes            | Invalid value for option '--flush-mode'",
                "serve --web.listen-address=9752        | '9752' is not HOST:PORT",
                "serve --web.listen-address=:70000      | a port is at most 65535",
                "serve --web.telemetry-path=/           | '/' is no path for metrics",
                "serve --web.telemetry-path=/{x}        | '/{x}' is no path for metrics",
                "serve --snapshot.max-age=soon          | 'soon' is no time; write 250ms, 2s or 1m",
                "serve --cgroup.include=system.slice    | `system.slice` matches no cgroup: paths start with /; write `/system.slice`",
                "serve --cgroup.exclude=/a**            | `/a**` has `a**`: ** stands between slashes; within a name write *",
                "run --cgroup.limit=0                   | --cgroup.limit is at least 1, not 0",
                "serve --cgroup.max-depth=-1            | --cgroup.max-depth is at least 0, not -1",
                "top --interval=1ms                     | --interval is at least 100ms, not 1 ms",
                "top --filter=/a**                      | `/a**` has `a**`: ** stands between slashes; within a name write *",
                "top --depth=-1                         | the depth is at least 0, not -1",
                "demo --seconds=0                       | --seconds is at least 1, not 0",
                "files                                  | Missing required subcommand",
                "files path                             | Missing required parameter: 'CGROUP'",
                "files path /a nonsense                 | there is no collector `nonsense`; there are: attach, blockio",
                "files path a                           | `a` is no cgroup: its path starts with /",
                "collector                              | Missing required subcommand",
                "collector new                          | Missing required parameter: 'NAME'",
                "collector new Nonsense                 | `Nonsense` is no name for a collector: lower-case letters",
                "collector new attach                   | a built-in collector is called attach; choose another name",
                "collector build                        | Missing required parameter: 'FILE'",
                "collector check                        | Missing required parameter: 'FILE'"
            })
    void wrongUsageIsSaidInOneLine(String arguments, String message) {
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("rstat: ")
                .contains(message)
                .contains("; see: rstat")
                .endsWith(" --help\n")
                .containsOnlyOnce("\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void leavingEveryCollectorOutLeavesNothingToLoad() {
        String all = Loader.builtIn().stream().map("--no-collector."::concat).collect(Collectors.joining(" "));
        assertThat(run("load " + all)).isEqualTo(2);
        assertThat(err.toString()).startsWith("rstat: no collector is left to load; leave one of these on: attach, ");
    }

    @Test
    void withoutACommandItNamesThem() {
        assertThat(run("")).isEqualTo(2);
        assertThat(err)
                .hasToString(
                        "rstat: which command? run, load, serve, unload, top, demo, doctor, files, policy, collector, bench; see: rstat --help\n");
    }

    @Test
    void aCauseAndItsCureAreSaidInOneLine() {
        assertThat(run("files path /../etc runqueue")).isIn(0, 1);
        assertThat(err.toString()).doesNotContain("\tat ");
    }

    @Test
    void nothingLoadedIsSaidWithTheCure(@TempDir Path empty) {
        assertThat(run("files list --pin-root=" + empty)).isZero();
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "run",
                "load",
                "serve",
                "unload",
                "top",
                "demo",
                "doctor",
                "files",
                "files sync",
                "files list",
                "files path",
                "collector",
                "collector new",
                "collector build",
                "collector check"
            })
    void helpTeachesByExample(String command) {
        assertThat(run(command + " --help")).isZero();
        assertThat(out.toString())
                .contains("Usage: rstat")
                .contains("Example")
                .contains("--debug")
                .contains("--version");
        assertThat(out.toString().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpNamesEveryCollector() {
        run("load --help");
        assertThat(out.toString()).contains("--no-collector.attach").contains("--collector.runqueue");
    }

    @Test
    void versionIsThatOfTheBuild() {
        for (String command : List.of("--version", "serve --version")) {
            assertThat(run(command)).isZero();
        }
        assertThat(out.toString().lines())
                .allMatch(line -> line.matches("rstat-exporter \\d+\\.\\d+\\.\\d+.*"))
                .hasSize(2);
    }

    @Test
    void pathsOfFilesAreFoundWithoutAnythingLoaded() {
        assertThat(run("files path --pin-root=/pins /system.slice/cron.service runqueue"))
                .isZero();
        assertThat(out.toString()).startsWith("/pins/").endsWith("/runqueue\n").doesNotContain(".");
    }

    private int run(String arguments) {
        String[] words = arguments.isBlank() ? new String[0] : arguments.strip().split(" +", -1);
        return Rstat.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
    }
}
