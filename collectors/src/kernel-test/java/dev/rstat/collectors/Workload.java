// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A process that does what a test wants in a cgroup. */
public final class Workload implements AutoCloseable {
    private final Process process;

    private Workload(Process process) {
        this.process = process;
    }

    private static Workload start(String... command) {
        try {
            return new Workload(new ProcessBuilder(command).inheritIO().start());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Sends back what it is sent: it waits, voluntarily, for each {@link #echo}. */
    public static Workload echoing(TestCgroup cgroup) {
        try {
            return new Workload(new ProcessBuilder(
                            "sh", "-c", "echo $$ > %s/cgroup.procs && exec cat".formatted(cgroup.directory()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A line there and back. */
    public void echo() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            if (process.getInputStream().read() != '\n') {
                throw new AssertionError("no echo");
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Sleeps, wherever this test runs. */
    public static Workload sleeping() {
        return start("sleep", "3600");
    }

    /** Runs without end on one CPU; its pid is that of the loop. The start counts as an attach. */
    public static Workload busy(TestCgroup cgroup, int cpu) {
        return start(
                "sh",
                "-c",
                "echo $$ > %s/cgroup.procs && exec taskset -c %d sh -c 'while :; do :; done'"
                        .formatted(cgroup.directory(), cpu));
    }

    /** What a command prints, run in a cgroup as nobody, without any capability. */
    public static String unprivileged(TestCgroup cgroup, String command) {
        try {
            Process process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ > %s/cgroup.procs && exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --no-new-privs sh -c '%s' 2>&1"
                                    .formatted(cgroup.directory(), command))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            process.waitFor();
            return text;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Times it was switched away from because it waited for something: /proc/PID/status. */
    public long voluntarySwitches() {
        return status("voluntary_ctxt_switches");
    }

    /** Times it was switched away from although it could have gone on. */
    public long involuntarySwitches() {
        return status("nonvoluntary_ctxt_switches");
    }

    private long status(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/%d/status".formatted(pid()))).stream()
                    .filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(name.length() + 1).strip()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Nanoseconds it waited for a CPU: the second number of /proc/PID/schedstat. */
    public long runDelay() {
        return schedstat().get(1);
    }

    /** Nanoseconds it ran. */
    public long runTime() {
        return schedstat().get(0);
    }

    private List<Long> schedstat() {
        try {
            return List.of(Files.readString(Path.of("/proc/%d/schedstat".formatted(pid())))
                            .strip()
                            .split(" ", -1))
                    .stream()
                    .map(Long::parseLong)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
