// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static dev.rstat.collectors.Totals.attaches;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a CPU counted is not lost when it goes, nor what others count then, nor what it counts when it is back. */
@Tag("guest")
class HotplugKernelTest {
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/cpu1/online");
    private static final int MOVES = 50;

    private final List<String> said = new ArrayList<>();

    @AfterEach
    void unload() throws IOException {
        Files.writeString(ONLINE, "1");
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
    }

    @ParameterizedTest
    @MethodSource("dev.rstat.collectors.Modes#each")
    void aCpuThatGoesTakesNothingAlong(FlushMode mode, ResultStore store) throws IOException {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
        Loader.load(
                LoadedCollectors.options(4096)
                        .withCollectors(Loader.builtIn(List.of("attach")))
                        .withFiles(false)
                        .withMode(Optional.of(mode))
                        .withStore(Optional.of(store)),
                said::add);
        try (TestCgroup top = TestCgroup.create();
                Workload moved = Workload.sleeping();
                PinnedCollectors before = PinnedCollectors.open(LoadedCollectors.PIN_ROOT)) {
            TestCgroup leaf = top.child("leaf");
            move(moved, leaf, 1);
            Files.writeString(ONLINE, "0");
            // The one that was not flushed before, too.
            assertThat(attaches(before.snapshot(), top.path())).isEqualTo(MOVES);
            move(moved, leaf, 0);
            try (PinnedCollectors meanwhile = PinnedCollectors.open(LoadedCollectors.PIN_ROOT)) {
                assertThat(attaches(meanwhile.snapshot(), top.path())).isEqualTo(2 * MOVES);
            }
            Files.writeString(ONLINE, "1");
            move(moved, leaf, 1);
            Snapshot after = before.snapshot();
            assertThat(attaches(after, top.path())).isEqualTo(3 * MOVES);
            assertThat(attaches(after, leaf.path())).isEqualTo(3 * MOVES);
        }
    }

    /** By a process on one CPU, which is where they are counted. */
    private static void move(Workload moved, TestCgroup cgroup, int cpu) {
        Shell done = Shell.run("taskset -c %d bash -c 'for i in {1..%d}; do echo %d > %s/cgroup.procs || exit 1; done'"
                .formatted(cpu, MOVES, moved.pid(), cgroup.directory()));
        assertThat(done.status()).as(done.output()).isZero();
    }
}
