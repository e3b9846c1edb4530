// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static dev.rstat.exporter.InstalledCommand.execute;
import static dev.rstat.exporter.InstalledCommand.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way of a collector of one's own, from {@code collector new} to numbers, and what is said on the way when it is wrong. */
@Tag("host")
class CollectorCommandHostTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    @TempDir
    private Path folder;

    @BeforeEach
    @AfterEach
    void startFromNothing() {
        run("unload").assertDone();
        assertThat(ROOT).doesNotExist();
    }

    /** Without the option for the pin root, which these commands do not have. */
    private static InstalledCommand.Outcome collector(String... arguments) {
        return execute(InstalledCommand.plain(arguments));
    }

    private Path write(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    @Test
    void theExampleIsBuiltCheckedLoadedAndCounts() throws IOException {
        Path source = folder.resolve("started.bpf.c");
        collector("collector", "new", "started", folder.toString()).assertDone();
        collector(
                        "collector",
                        "build",
                        source.toString(),
                        "-o",
                        folder.resolve("built").toString())
                .assertDone();
        Path object = folder.resolve("built/started.bpf.o");
        assertThat(collector("collector", "check", object.toString())
                        .assertDone()
                        .out())
                .contains("cgroup_started_total", "counter", "tp_btf/sched_process_exec", "verified it");

        assertThat(run("load", "--collectors.dir", folder.resolve("built").toString())
                        .assertDone()
                        .out())
                .contains("started");
        // Itself a program that is started.
        assertThat(run("files", "path", "/", "started").assertDone().out()).endsWith("/started\n");
        assertThat(value(ROOT.resolve("self/started"), "started")).isPositive();

        // A source will do where there is a compiler, and makes the same object: nothing is loaded anew.
        assertThat(run("load", "--collectors.dir", folder.toString())
                        .assertDone()
                        .out())
                .contains("collector started: in place already");
        run("load", "--collectors.dir", folder.resolve("nowhere").toString()).assertDone();
        assertThat(ROOT.resolve("self/started")).doesNotExist();
    }

    private static long value(Path file, String key) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(key + " "))
                .mapToLong(line -> Long.parseLong(line.substring(key.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatIsThereIsNotOverwritten() {
        collector("collector", "new", "mine", folder.toString()).assertDone();
        collector("collector", "new", "mine", folder.toString()).assertFailed("mine.bpf.c is there already");
    }

    @Test
    void theCompilersWordsAreShown() throws IOException {
        Path source = write("wrong.bpf.c", "#include \"rstat.h\"", "struct wrong { u65 calls; };");
        InstalledCommand.Outcome outcome = collector("collector", "build", source.toString());
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("wrong.bpf.c:2:16: error: unknown type name 'u65'", "does not compile");
        assertThat(folder.resolve("wrong.bpf.o")).doesNotExist();
    }

    @Test
    void mistakesAreSaidWithTheFieldAndTheCure() throws IOException {
        Path source = write(
                "wrong.bpf.c",
                "#include \"rstat.h\"",
                "struct wrong { u64 calls RSTAT_METRIC(\"cgroup_wrong\", \"counter\", \"\", \"Calls.\"); };",
                "RSTAT_COLLECTOR(wrong, \"Wrong\");",
                "SEC(\"tp_btf/sched_process_exec\") int BPF_PROG(exec, struct task_struct *task)",
                "{ rstat_update(task_cgroup(task), value) value->calls++; return 0; }");
        InstalledCommand.Outcome outcome = collector("collector", "check", source.toString());
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).contains("wrong.calls", "ends in _total", "cgroup_wrong");
    }

    @Test
    void withoutRootItSaysWhatWasNotChecked() throws IOException {
        // Where nobody may look.
        Path open = Files.createTempDirectory(Path.of("/var/tmp"), "rstat");
        try {
            Files.setPosixFilePermissions(open, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            collector("collector", "new", "mine", open.toString()).assertDone();
            collector("collector", "build", open.resolve("mine.bpf.c").toString())
                    .assertDone();
            List<String> command = InstalledCommand.unprivileged(InstalledCommand.plain(
                    "collector", "check", open.resolve("mine.bpf.o").toString()));
            assertThat(execute(command).assertDone().out()).contains("cgroup_mine_total", "not asked", "sudo");
        } finally {
            Files.deleteIfExists(open.resolve("mine.bpf.c"));
            Files.deleteIfExists(open.resolve("mine.bpf.o"));
            Files.delete(open);
        }
    }

    @Test
    void whatIsNoCollectorIsSaid() throws IOException {
        collector("collector", "check", folder.resolve("missing.bpf.o").toString())
                .assertFailed("there is no file");
        collector("collector", "check", "/etc/hostname").assertFailed("NAME.bpf.c", "NAME.bpf.o");
        collector("collector", "build", "/etc/hostname").assertFailed("NAME.bpf.c");
        collector("collector", "check", write("text.bpf.o", "text").toString()).assertFailed("no BPF object");
    }
}
