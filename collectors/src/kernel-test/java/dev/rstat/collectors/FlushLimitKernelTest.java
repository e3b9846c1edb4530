// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Anybody may read stats files as often as it likes: what that costs the others is bounded (bpf/flush.h). */
@Tag("kernel")
class FlushLimitKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final int READERS = 8;
    private static final Duration TIME = Duration.ofSeconds(10);

    /** RSTAT_FILE_FLUSH_PAUSE and RSTAT_FILE_FLUSH_MIN_NS: so much of the time, and so often. */
    private static final double SHARE = 0.1;

    private static final long LEAST_PAUSE = 1_000_000;

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach");

    private record Flushes(long count, long nanoseconds, long at) {
        static Flushes now() {
            Path place = ROOT.resolve("collectors/attach");
            try (BpfMap record = new BpfMap(Pin.get(place.resolve("record")));
                    BpfMap state = new BpfMap(Pin.get(place.resolve("state")))) {
                ByteBuffer value = state.element(0);
                StateLayout layout =
                        StateLayout.of(Btf.parse(CollectorRecord.of(record).btf()));
                return new Flushes(
                        value.getLong(layout.flushes()), value.getLong(layout.flushNanoseconds()), System.nanoTime());
            }
        }
    }

    @Test
    void readersInALoopFlushNoMoreThanTheLimitAllows() throws IOException, InterruptedException {
        List<Process> readers = new ArrayList<>();
        try (TestCgroup cgroup = TestCgroup.create();
                Workload _ = Workload.busy(cgroup, 0)) {
            for (int i = 0; i < READERS; i++) {
                readers.add(new ProcessBuilder(
                                "setpriv",
                                "--reuid=65534",
                                "--regid=65534",
                                "--clear-groups",
                                "--inh-caps=-all",
                                "--no-new-privs",
                                "bash",
                                "-c",
                                "while read -r line < %s/self/attach; do :; done".formatted(ROOT))
                        .inheritIO()
                        .start());
            }
            Await.until(
                    "the readers read",
                    Duration.ofSeconds(30),
                    () -> Flushes.now().count() > READERS);
            Flushes before = Flushes.now();
            Thread.sleep(TIME);
            Flushes after = Flushes.now();
            long passed = after.at() - before.at();
            long count = after.count() - before.count();
            double share = (double) (after.nanoseconds() - before.nanoseconds()) / passed;
            System.out.printf(
                    "%d readers in %.1f s: %d flushes, %.2f %% of the time%n",
                    READERS, passed / 1e9, count, 100 * share);
            assertThat(readers).allMatch(Process::isAlive);
            assertThat(count).isPositive().isLessThanOrEqualTo(passed / LEAST_PAUSE + 1);
            // One may have begun before.
            assertThat(share).isLessThan(SHARE * 1.05);
        } finally {
            readers.forEach(Process::destroyForcibly);
        }
    }
}
