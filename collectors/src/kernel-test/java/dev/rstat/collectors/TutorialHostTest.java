// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The collectors that README's tutorial has one write, compiled from README itself by {@code src/kernel-test/bpf/tutorial}. */
@Tag("host")
class TutorialHostTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final int CALLS = 0;
    private static final int FIRST_BUCKET = 2;

    private final List<String> said = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    @AfterEach
    void startFromNothing() {
        Loader.unload(ROOT, said::add);
    }

    /** A shell that opens a file as often as it is told, and says when it is done. */
    private record Opener(Process process) implements AutoCloseable {
        static Opener in(TestCgroup cgroup) throws IOException {
            return new Opener(new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ > %s/cgroup.procs && while read -r n; do while [ $n -gt 0 ]; do : </dev/null; n=$((n - 1)); done; echo; done"
                                    .formatted(cgroup.directory()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }

        void open(int times) throws IOException {
            process.getOutputStream().write((times + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            assertThat(process.getInputStream().read()).isEqualTo('\n');
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** README: {@code install -D -m 644 -t /etc/rstat/collectors.d opens.bpf.o; ./rstat load}. */
    private void install(int step, String name) {
        Path file = directory.resolve(name + ".bpf.o");
        try (InputStream object = TutorialHostTest.class.getResourceAsStream(
                "/dev/rstat/bpf/tutorial/%d/%s.bpf.o".formatted(step, name))) {
            Files.write(file, Objects.requireNonNull(object, "step " + step).readAllBytes());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        assertThat(CollectorCheck.of(file, said::add))
                .satisfies(check -> assertThat(check.isGood()).as("%s", check).isTrue());
        Loader.load(LoadedCollectors.options(directory), said::add);
    }

    private static long opens(Snapshot snapshot, TestCgroup cgroup) {
        return Totals.value(snapshot, "opens", cgroup.path(), CALLS);
    }

    private static long timed(Snapshot snapshot, TestCgroup cgroup) {
        return IntStream.range(0, Metric.BUCKETS)
                .mapToLong(bucket -> Totals.value(snapshot, "opens", cgroup.path(), FIRST_BUCKET + bucket))
                .sum();
    }

    @Test
    void theFirstStepCountsEveryOpenInItsCgroupAndItsAncestors() throws IOException {
        install(1, "opens");
        try (PinnedCollectors reader = PinnedCollectors.open(ROOT);
                TestCgroup parent = TestCgroup.create()) {
            TestCgroup left = parent.child("left");
            TestCgroup right = parent.child("right");
            try (Opener one = Opener.in(left);
                    Opener other = Opener.in(right)) {
                one.open(1);
                other.open(1);
                // From here on the shells do nothing else.
                Snapshot before = reader.snapshot();
                one.open(700);
                other.open(300);
                Snapshot after = reader.snapshot();
                long ours = opens(after, parent) - opens(before, parent);
                System.out.printf("tutorial opens: ours %d theirs %d difference %d%n", ours, 1000, ours - 1000);
                assertThat(opens(after, left) - opens(before, left)).isEqualTo(700);
                assertThat(opens(after, right) - opens(before, right)).isEqualTo(300);
                assertThat(ours).isEqualTo(1000);
                right.remove();
                assertThat(opens(reader.snapshot(), parent)).isEqualTo(opens(after, parent));
            }
        }
    }

    @Test
    void theSecondStepTimesEachOfThemAndLeavesOtherCollectorsTotalsAlone() throws IOException {
        install(1, "opens");
        try (PinnedCollectors reader = PinnedCollectors.open(ROOT);
                TestCgroup parent = TestCgroup.create()) {
            TestCgroup child = parent.child("child");
            try (Opener opener = Opener.in(child)) {
                opener.open(1);
                long attaches = Totals.attaches(reader.snapshot(), parent.path());
                install(2, "opens");
                assertThat(said).anyMatch(line -> line.contains("collector opens") && line.contains("start at 0"));
                Snapshot before = reader.snapshot();
                opener.open(500);
                Snapshot after = reader.snapshot();
                assertThat(opens(after, parent) - opens(before, parent)).isEqualTo(500);
                assertThat(timed(after, parent) - timed(before, parent)).isEqualTo(500);
                assertThat(timed(after, child) - timed(before, child)).isEqualTo(500);
                assertThat(Totals.attaches(after, parent.path())).isEqualTo(attaches);
            }
        }
    }

    @Test
    void theThirdStepsTotalIsTheLatestOfTheSubtree() throws IOException {
        install(3, "lastexec");
        try (PinnedCollectors reader = PinnedCollectors.open(ROOT);
                TestCgroup parent = TestCgroup.create()) {
            TestCgroup first = parent.child("first");
            TestCgroup second = parent.child("second");
            double before = uptime();
            // Each starts cat once it is in the cgroup.
            try (Workload one = Workload.echoing(first)) {
                one.echo();
                double between = uptime();
                try (Workload other = Workload.echoing(second)) {
                    other.echo();
                    double after = uptime();
                    Snapshot snapshot = reader.snapshot();
                    double ours = started(snapshot, parent);
                    System.out.printf("tutorial last exec: ours %.3f s theirs %.2f to %.2f s%n", ours, between, after);
                    // The kernel's clock for files has two decimals.
                    assertThat(started(snapshot, first)).isBetween(before - 0.02, between + 0.02);
                    assertThat(started(snapshot, second)).isBetween(between - 0.02, after + 0.02);
                    assertThat(ours).isEqualTo(started(snapshot, second));
                }
            }
        }
    }

    private static double started(Snapshot snapshot, TestCgroup cgroup) {
        return Totals.value(snapshot, "lastexec", cgroup.path(), 0) / 1e9;
    }

    /** Seconds since boot, time asleep included, as CLOCK_BOOTTIME. */
    private static double uptime() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0]);
    }
}
