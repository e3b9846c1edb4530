// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * README's commands, typed in README's order: each must do what is said of it. One that is added to README is run here without a word
 * more, as it stands; what is not, is in one of two lists.
 */
@Tag("peer")
class ReadmePeerTest {
    private static final Path CHECKOUT =
            Path.of(Objects.requireNonNull(System.getProperty("rstat.checkout"), "-Drstat.checkout=DIR"));

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SERVES = "serving http://";

    /** Run elsewhere: where, and as what. */
    private static final Map<String, List<String>> ELSEWHERE = Map.ofEntries(
            Map.entry("./rstat test", List.of(".ci/run", "rstat\" test")),
            Map.entry(
                    "./rstat package deb\nsudo apt install ./target/deb/rstat_*.deb",
                    List.of("deploy/deb/guest-tests", "apt-get -q install --yes")),
            Map.entry("apt remove rstat", List.of("deploy/deb/guest-tests", "apt-get -q remove --yes rstat")),
            Map.entry("apt purge rstat", List.of("deploy/deb/guest-tests", "apt-get -q purge --yes rstat")),
            Map.entry("man rstat", List.of("deploy/deb/check", "man --warnings")),
            Map.entry("apt-get install clang llvm libbpf-dev", List.of("rstat", "packages+=(clang)")),
            Map.entry(
                    "docker compose -f deploy/compose/compose.yaml up --detach",
                    List.of("exporter/src/kernel-test/java/dev/rstat/exporter/ComposeContainerTest.java", "\"up\"")),
            Map.entry(
                    "./rstat bench events",
                    List.of("exporter/src/kernel-test/java/dev/rstat/exporter/BenchHostTest.java", "run(\"events\")")),
            Map.entry(
                    "./rstat bench stores",
                    List.of("exporter/src/kernel-test/java/dev/rstat/exporter/BenchHostTest.java", "run(\"stores\")")),
            Map.entry(
                    "./rstat bench cgroupfs",
                    List.of(
                            "exporter/src/kernel-test/java/dev/rstat/exporter/BenchHostTest.java",
                            "run(\"cgroupfs\")")),
            Map.entry(
                    "./rstat bench overhead",
                    List.of(
                            "exporter/src/kernel-test/java/dev/rstat/exporter/BenchHostTest.java",
                            "run(\"overhead\")")),
            Map.entry("./rstat test soak", List.of("deploy/testbed/kernel-tests", "rstat.soak.cgroups")));

    /** They take many minutes, or stand for others; or are of machines that these tests are not run on. */
    private static final Set<String> BY_HAND = Set.of(
            "apt-get install openjdk-25-jdk-headless",
            "sudo OTEL_...=... rstat run",
            "./rstat bench vm newest events --quick",
            "./rstat bench vm newest flush",
            "./rstat bench vm newest scrape --quick --cgroups 10000",
            "./rstat bench vm KERNEL files",
            "./rstat bench files",
            "./rstat bench scrape",
            "./rstat bench startup");

    private final Path slice = Host.cgroupRoot().resolve("t.slice");
    private final List<Path> others = List.of(
            Host.cgroupRoot().resolve("monitoring.slice"), Host.cgroupRoot().resolve("machine.slice"));
    private final List<Path> made = new ArrayList<>();

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private SandboxShell shell;

    @BeforeEach
    void prepare() throws IOException {
        // The service's user goes there, too.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path programs = Files.createDirectories(directory.resolve("programs"));
        script(directory.resolve("rstat"), "exec %s/rstat \"$@\"".formatted(CHECKOUT));
        script(
                programs.resolve("rstat"),
                "exec %s \"$@\"".formatted(InstalledCommand.plain().getFirst()));
        // Root needs neither to be made root nor a desktop.
        script(programs.resolve("sudo"), "exec \"$@\"");
        script(programs.resolve("xdg-open"), "echo \"$1\" >opened");
        Files.createSymbolicLink(programs.resolve("prometheus"), Peers.path("prometheus", "prometheus"));
        shell = SandboxShell.start(directory, programs, Files.createDirectories(directory.resolve("etc")));
        shell.run("useradd --system --no-create-home watch && groupadd --system engines");
        for (String service : List.of("a.service", "b.service")) {
            Path cgroup = Files.createDirectories(slice.resolve(service));
            shell.run(
                    "for i in 1 2; do (echo $BASHPID >%s/cgroup.procs; taskset --pid --cpu-list 0 $BASHPID; renice 19 $BASHPID; while :; do :; done) & done"
                            .formatted(cgroup));
        }
        // Where systemd is, it has a machine.slice.
        for (Path other : others) {
            if (!Files.exists(other)) {
                made.add(Files.createDirectory(other));
            }
        }
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void clearUp() throws IOException {
        shell.close();
        List<Path> gone = new ArrayList<>(List.of(slice.resolve("a.service"), slice.resolve("b.service"), slice));
        gone.addAll(made);
        for (Path cgroup : gone) {
            Await.until(
                    cgroup + " is empty",
                    PATIENCE,
                    () -> Files.readString(cgroup.resolve("cgroup.procs")).isEmpty());
            Files.delete(cgroup);
        }
    }

    @Test
    void everyCommandDoesWhatIsSaidOfIt() throws Exception {
        List<String> commands = MarkdownCommands.of(Files.readString(CHECKOUT.resolve("README.md")));
        assertThat(commands)
                .hasSizeGreaterThan(50)
                .containsAll(ELSEWHERE.keySet())
                .containsAll(BY_HAND);
        for (Map.Entry<String, List<String>> elsewhere : ELSEWHERE.entrySet()) {
            assertThat(CHECKOUT.resolve(elsewhere.getValue().getFirst()))
                    .content()
                    .as(elsewhere.getKey())
                    .contains(elsewhere.getValue().getLast());
        }
        int typed = 0;
        for (String command : commands) {
            if (!ELSEWHERE.containsKey(command) && !BY_HAND.contains(command)) {
                System.out.println("README: " + command.lines().findFirst().orElseThrow());
                type(command);
                typed++;
            }
        }
        shell.run("./rstat unload");
        System.out.printf(
                "README: %d commands typed, %d run by other tests, %d by hand%n",
                typed, ELSEWHERE.size(), BY_HAND.size());
    }

    private void type(String command) throws Exception {
        String first = command.lines().findFirst().orElseThrow();
        switch (first) {
            case "./rstat run" -> shell.start(command, SERVES);
            case "./rstat serve", "rstat serve", "rstat run" -> {
                shell.stop();
                shell.start(command, SERVES);
            }
            case "rstat serve --web.config.file=web.yml" -> {
                shell.stop();
                shell.start(command, "serving https://");
            }
            case "rstat serve --otlp.endpoint=http://localhost:4318" -> push(command);
            case "./rstat demo" ->
                assertThat(shell.run("timeout --signal INT 5 ./rstat demo; [ $? -eq 0 -o $? -eq 124 ]"))
                        .contains("rstat-demo");
            // What is said of it is that it ends all this; it does, in the end.
            case "./rstat unload", "rstat unload" -> {
                shell.run(command);
                shell.run("./rstat load");
            }
            case "curl -s http://127.0.0.1:9752/metrics | grep t.slice" ->
                assertThat(shell.run(command))
                        .contains(Stream.of("", "/a.service", "/b.service")
                                .map("cgroup_runqueue_latency_seconds_count{cgroup=\"/t.slice%s\",}"::formatted)
                                .toArray(String[]::new));
            case "cat /run/rstat/self/runqueue" ->
                assertThat(shell.run(command))
                        .startsWith("format 1\ncgroup_id ")
                        .contains("wait_sum_ns ", "wait_le_15625000ns ", "wait_p99_ns ", "preemptions ");
            case "./rstat top" -> top(command);
            case "./rstat top --once --filter t.slice" ->
                assertThat(shell.run(command)).contains("a.service", "b.service");
            case "./rstat top --json | jq -r '.cgroups[] | [.path, .values.cpu, .by.delayed_by[0].cgroup] | @tsv'" ->
                assertThat(shell.run(command)).contains("\n/t.slice/a.service\t");
            case "rstat COMMAND --help" -> {
                for (String one :
                        List.of("load", "serve", "run", "top", "files make", "policy grant", "bench scrape")) {
                    assertThat(shell.run(command.replace("COMMAND", one))).contains("Usage: rstat " + one);
                }
            }
            case "rstat collector reference" ->
                assertThat(CHECKOUT.resolve("collectors/metrics.md"))
                        .content()
                        .isEqualToIgnoringNewLines(shell.run(command));
            case "rstat files path CGROUP [COLLECTOR]" ->
                assertThat(shell.run("cat $(%s)"
                                .formatted(command.replace("CGROUP [COLLECTOR]", "/t.slice/a.service runqueue"))))
                        .contains("wait_count ");
            case "rstat files request CGROUP" ->
                assertThat(shell.run(command.replace("CGROUP", "/t.slice")))
                        .contains("/run/rstat/cgroups/t%2Eslice/runqueue");
            case "curl --unix-socket /run/rstat-files/socket -X POST 'http://localhost/files?cgroup=/PATH'" ->
                assertThat(shell.run(command.replace("PATH", "t.slice/a.service")))
                        .contains("/run/rstat/cgroups/t%2Eslice/a%2Eservice/runqueue");
            case "rstat load --files-group GROUP" -> shell.run(command.replace("GROUP", "engines"));
            case "rstat files make CGROUP" ->
                assertThat(shell.run(command.replace("CGROUP", "--name mine /t.slice/b.service")
                                + " && cat /run/rstat/users/0/mine/runqueue"))
                        .contains("wait_count ");
            case "rstat files remove NAME" ->
                shell.run(command.replace("NAME", "mine") + " && ! ls /run/rstat/users/0/mine");
            case "rstat policy list" ->
                assertThat(shell.run(command))
                        .contains(
                                "group:engines all ",
                                "granted: user:watch runqueue ",
                                "granted: cgroup:/monitoring.slice",
                                "denied: ");
            case "./rstat run >run.log &" -> tutorial(command);
            case "./rstat collector new NAME" -> shell.run(command.replace("NAME", "mine") + " && ls mine.bpf.c");
            default -> shell.run(command);
        }
    }

    private void top(String command) throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.start(80, 24, "xterm-256color", shell.within(command))) {
            terminal.awaitScreen("the first frame", screen -> screen.contains("CGROUP"));
            terminal.type("q");
            assertThat(terminal.awaitEnd()).isZero();
        }
    }

    /** A collector gets what is pushed to it. */
    private void push(String command) throws IOException {
        Files.writeString(directory.resolve("collector.yaml"), """
                receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:4318"}}}}
                exporters: {file: {path: "%s", format: proto, flush_interval: 100ms}}
                service:
                  telemetry: {metrics: {level: none}}
                  pipelines: {metrics: {receivers: [otlp], exporters: [file]}}
                """.formatted(directory.resolve("received")));
        shell.stop();
        shell.run("%s --config=collector.yaml >collector.log 2>&1 &".formatted(Peers.path("otelcol", "otelcol")));
        shell.awaitText("collector.log", "Everything is ready");
        shell.start("OTEL_METRIC_EXPORT_INTERVAL=1000 " + command, SERVES);
        Await.until(
                "what was pushed",
                PATIENCE,
                () -> new Received(directory.resolve("received"), "/t.slice/a.service")
                        .last()
                        .containsKey("cgroup_context_switches_total"));
    }

    /** Prometheus draws what the collector of the tutorial counts. */
    private void tutorial(String command) {
        shell.stop();
        shell.run(command);
        shell.awaitText("run.log", "Where to look next");
        String ask =
                "curl -s --get --data-urlencode 'query=rate(cgroup_opens_total[1m])' http://127.0.0.1:9090/api/v1/query";
        try {
            Await.until(
                    "Prometheus has what is drawn",
                    PATIENCE,
                    () -> shell.run(ask + " || true").contains("\"cgroup\":\"/\""));
        } catch (AssertionError failure) {
            throw new AssertionError(failure.getMessage() + ": " + shell.run(ask + "; true"), failure);
        }
        shell.run("curl --fail -s -o page \"$(cat opened)\"");
        shell.run("kill %?prometheus.yml; kill %?run.log; wait %?run.log; true");
    }
}
