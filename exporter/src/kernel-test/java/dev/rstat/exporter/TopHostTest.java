// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code rstat top} over real collectors, without a service. */
@Tag("host")
class TopHostTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("runqueue", "preemption");

    /** Two loops on one CPU: whatever else the host does, each runs or waits at every moment. */
    @Test
    void timeRunAndTimeWaitedOfTwoLoopsAreTwoSecondsPerSecond() throws IOException {
        try (TestCgroup slice = TestCgroup.create();
                TestCgroup one = slice.child("one.service");
                TestCgroup other = slice.child("other.service");
                Workload first = Workload.busy(one, 0);
                Workload second = Workload.busy(other, 0)) {
            long ran = first.runTime() + second.runTime();
            long waited = first.runDelay() + second.runDelay();
            Map<String, Object> cgroups = top("--interval=3s", "--filter=" + slice.path());
            double interval = 3;
            ran = first.runTime() + second.runTime() - ran;
            waited = first.runDelay() + second.runDelay() - waited;
            assertThat(cgroups.keySet()).containsExactlyInAnyOrder(slice.path(), one.path(), other.path());
            double cpu = value(cgroups, slice, "cpu");
            double wait = value(cgroups, slice, "runqueue_latency");
            assertThat(cpu + wait).isCloseTo(2, within(0.1));
            // The kernel's own account of these tasks, over a time that begins before and ends after the interval.
            assertThat(cpu * interval).isBetween(0.3, ran / 1e9);
            assertThat(wait * interval).isBetween(2.5, waited / 1e9);
            assertThat(value(cgroups, one, "cpu") + value(cgroups, other, "cpu"))
                    .isCloseTo(cpu, within(0.05));
            // By whom: of one it is the other, whatever else runs on that CPU.
            List<Object> aggressors = all(member(member(of(cgroups, one), "by"), "delayed_by"))
                    .map(pair -> member(pair, "cgroup"))
                    .toList();
            assertThat(aggressors).contains(other.path());
        }
    }

    @Test
    void cgroupsThatComeAndGoMeanwhileDoNoHarm() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (TestCgroup slice = TestCgroup.create();
                TestCgroup doomed = slice.child("doomed")) {
            Thread churn = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    slice.child("brief").close();
                }
            });
            try {
                Workload last = Workload.busy(doomed, 0);
                Thread removal = Thread.ofPlatform().start(() -> {
                    while (last.runTime() < 500_000_000) {
                        Thread.onSpinWait();
                    }
                    doomed.remove();
                });
                Map<String, Object> cgroups = top("--interval=2s");
                removal.join();
                last.close();
                assertThat(cgroups).containsKeys("/", slice.path());
            } finally {
                over.set(true);
                churn.join();
            }
            assertThat(top("--interval=100ms")).containsKey(slice.path()).doesNotContainKey(doomed.path());
        }
    }

    @Test
    void withoutATerminalOneTableIsPrinted() throws IOException {
        try (TestCgroup hostile = TestCgroup.create();
                TestCgroup child = hostile.child("\u001b[31m<script>")) {
            String out = InstalledCommand.run("top", "--interval=100ms", "--filter=" + hostile.path())
                    .assertDone()
                    .out();
            assertThat(out.lines().toList()).hasSize(5).element(1).asString().startsWith("CGROUP ");
            assertThat(out).contains("\\x1b[31m<script>").doesNotContain("\u001b");
            assertThat(child.directory()).exists();
        }
    }

    @Test
    void whoeverMayNotAndWhateverIsNotThereIsSaidWithItsCure() {
        InstalledCommand.runUnprivileged("top").assertFailed("only root and the service's group may", "sudo");
        InstalledCommand.run("top", "--once", "--sort=nonsense").assertFailed("there is no stat `nonsense`", "--stats");
        InstalledCommand.execute(InstalledCommand.plain("top", "--pin-root=/run/rstat-nothing"))
                .assertFailed("nothing is loaded", "sudo rstat load");
    }

    @Test
    void onATerminalOfFortyColumnsItDrawsSortsAndQuits() throws Exception {
        try (TestCgroup slice = TestCgroup.create();
                Workload busy = Workload.busy(slice, 0);
                PseudoTerminal terminal = terminal("linux", 40, 10, "--filter=rstat-test-")) {
            terminal.awaitScreen(
                    "the first frame", screen -> screen.contains("CGROUP") && screen.contains("rstat-test-"));
            assertThat(terminal.screen()).contains("match rstat-test-; Esc: all");
            terminal.type("sswitches\r");
            terminal.awaitScreen("another stat sorts", screen -> screen.contains("switches"));
            terminal.type("\u001b[B\r");
            terminal.awaitScreen("its details", screen -> screen.startsWith(slice.path() + "\n"));
            terminal.type("\u001b[D");
            terminal.awaitScreen("the table again", screen -> screen.contains("CGROUP"));
            terminal.resize(100, 24);
            terminal.awaitScreen("more columns", screen -> screen.contains("memory"));
            terminal.type("q");
            assertThat(terminal.awaitEnd()).isZero();
            assertThat(busy.pid()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void asSignalEndsItTheTerminalIsGivenBack(String signal) throws Exception {
        try (PseudoTerminal terminal = terminal("xterm-256color", 80, 24)) {
            terminal.awaitScreen("something", screen -> screen.startsWith("rstat top"));
            if (signal.equals("INT")) {
                terminal.type("\u0003");
            } else {
                terminal.terminate();
            }
            assertThat(terminal.awaitEnd()).isEqualTo(signal.equals("INT") ? 0 : 143);
            assertThat(terminal.sent()).contains("\u001b[?1049l");
        }
    }

    @Test
    void aTerminalThatCannotBeDrawnOnIsSaid() throws Exception {
        List<String> command = InstalledCommand.command("top");
        InstalledCommand.Outcome outcome = InstalledCommand.execute(
                List.of("script", "-qec", "TERM=dumb " + String.join(" ", command), "/dev/null"));
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out())
                .startsWith("rstat: a terminal of type `dumb` cannot be drawn on")
                .contains("--once");
    }

    private static PseudoTerminal terminal(String type, int columns, int rows, String... options) {
        List<String> arguments = new ArrayList<>(List.of("top", "--interval=200ms"));
        arguments.addAll(List.of(options));
        return PseudoTerminal.start(columns, rows, type, InstalledCommand.command(arguments.toArray(String[]::new)));
    }

    /** What {@code rstat top --json} says of each cgroup, by its path. */
    private static Map<String, Object> top(String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("top", "--once", "--json"));
        arguments.addAll(List.of(options));
        String out = InstalledCommand.run(arguments.toArray(String[]::new))
                .assertDone()
                .out();
        Object json = ObjectMapper.getDefault().readValue(out, Map.class);
        assertThat(member(json, "format")).isEqualTo(1);
        return all(member(json, "cgroups"))
                .collect(Collectors.toMap(cgroup -> (String) member(cgroup, "path"), cgroup -> cgroup));
    }

    private static Object of(Map<String, Object> cgroups, TestCgroup cgroup) {
        return Objects.requireNonNull(cgroups.get(cgroup.path()), cgroup.path());
    }

    private static double value(Map<String, Object> cgroups, TestCgroup cgroup, String stat) {
        return ((Number) member(member(of(cgroups, cgroup), "values"), stat)).doubleValue();
    }

    private static Object member(@Nullable Object object, String name) {
        return Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(object)).get(name), name);
    }

    private static Stream<Object> all(Object array) {
        return ((List<?>) array).stream().map(Objects::requireNonNull);
    }
}
