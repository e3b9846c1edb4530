// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The process collector against a shell that does what it is told, and against the kernel's count of all tasks ever made. */
@Tag("kernel")
class ProcessKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("process");

    private static final int FORKS = 0;
    private static final int THREADS = 1;
    private static final int EXECS = 2;
    private static final int EXITS = 3;
    private static final int ABRT = 4;
    private static final int BUS = 5;
    private static final int KILL = 6;
    private static final int SEGV = 7;
    private static final int SYS = 8;
    private static final int TERM = 9;
    private static final int OTHER_SIGNAL = 10;

    private static long count(Snapshot snapshot, String path, int word) {
        return Totals.value(snapshot, "process", path, word);
    }

    /** Runs a script with bash, in the cgroup from its first line on, and waits for its end: 1 exec and 1 exit of its own. */
    private static void run(TestCgroup cgroup, String script) throws IOException, InterruptedException {
        Process bash = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -c 0; echo $$ > %s/cgroup.procs && exec bash -c \"$0\"".formatted(cgroup.directory()),
                        script)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(bash.waitFor()).isZero();
    }

    @Test
    void forksExecsAndExitsAreExactlyThoseDone() throws IOException, InterruptedException {
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup cgroup = top.child("a");
            run(cgroup, """
                    for i in {1..200}; do (:); done
                    for i in {1..50}; do "$BASH" -c :; done
                    for s in ABRT BUS KILL KILL SEGV SYS TERM TERM TERM HUP ALRM; do (kill -$s $BASHPID); done
                    exit 0
                    """);
            Snapshot snapshot = LOADED.snapshot();
            for (String path : List.of(cgroup.path(), top.path())) {
                assertThat(count(snapshot, path, FORKS)).as("forks").isEqualTo(200 + 50 + 11);
                assertThat(count(snapshot, path, THREADS)).as("threads").isZero();
                assertThat(count(snapshot, path, EXECS)).as("execs").isEqualTo(50 + 1);
                assertThat(count(snapshot, path, EXITS)).as("exits").isEqualTo(200 + 50 + 11 + 1);
                assertThat(List.of(ABRT, BUS, KILL, SEGV, SYS, TERM, OTHER_SIGNAL))
                        .extracting(word -> count(snapshot, path, word))
                        .containsExactly(1L, 1L, 2L, 1L, 1L, 3L, 2L);
            }
            System.out.printf(
                    "process: forks ours %d theirs 261, execs ours %d theirs 51, exits ours %d theirs 262%n",
                    count(snapshot, cgroup.path(), FORKS),
                    count(snapshot, cgroup.path(), EXECS),
                    count(snapshot, cgroup.path(), EXITS));
        }
    }

    /** All threads of a JVM end at once. */
    @Test
    void aProcessOfManyThreadsEndsOnce() throws IOException, InterruptedException {
        String java = ProcessHandle.current().info().command().orElseThrow();
        try (TestCgroup cgroup = TestCgroup.create()) {
            run(cgroup, "for i in 1 2 3; do '%s' -Xint -version; done; exit 0".formatted(java));
            Snapshot snapshot = LOADED.snapshot();
            assertThat(count(snapshot, cgroup.path(), EXITS)).isEqualTo(3 + 1);
            assertThat(count(snapshot, cgroup.path(), FORKS)).isEqualTo(3);
            assertThat(count(snapshot, cgroup.path(), EXECS)).isEqualTo(3 + 1);
            assertThat(count(snapshot, cgroup.path(), THREADS)).isGreaterThan(10);
        }
    }

    /** What the root has counted at a moment, and what the kernel had at that moment. */
    private record Made(long ours, long theirs) {
        static Made now() {
            List<Made> made = new ArrayList<>();
            Await.until("a moment in which no task is made", Duration.ofSeconds(10), () -> {
                long before = processes();
                Snapshot snapshot = LOADED.snapshot();
                made.add(new Made(count(snapshot, "/", FORKS) + count(snapshot, "/", THREADS), before));
                return processes() == before;
            });
            return made.getLast();
        }

        private static long processes() throws IOException {
            return Files.readAllLines(Path.of("/proc/stat")).stream()
                    .filter(line -> line.startsWith("processes "))
                    .mapToLong(line -> Long.parseLong(line.substring(10)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void theRootHasEveryTaskTheKernelMade() throws IOException, InterruptedException {
        try (TestCgroup cgroup = TestCgroup.create()) {
            Made before = Made.now();
            long threads = count(LOADED.snapshot(), "/", THREADS);
            for (int i = 0; i < 100; i++) {
                Thread.ofPlatform().start(() -> {}).join();
            }
            run(cgroup, "for i in {1..100}; do (:); done");
            Made after = Made.now();
            long ours = after.ours - before.ours;
            long theirs = after.theirs - before.theirs;
            System.out.printf(
                    "tasks made: ours %d theirs %d difference %.2f %%%n",
                    ours, theirs, 100.0 * (ours - theirs) / theirs);
            assertThat(ours).isEqualTo(theirs).isGreaterThanOrEqualTo(201);
            assertThat(count(LOADED.snapshot(), "/", THREADS) - threads).isGreaterThanOrEqualTo(100);
        }
    }
}
