// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However many cgroups come and go, what is kept of them is what there is room for, and nothing of what they counted is lost. */
@Tag("kernel")
class ChurnKernelTest {
    /** In the same room: {@code -Drstat.churn=1000000} takes a while. */
    private static final int CGROUPS = Integer.getInteger("rstat.churn", 800);

    private static final int ROOM = 512;

    private final List<String> said = new ArrayList<>();

    @AfterEach
    void unload() {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
    }

    @ParameterizedTest
    @MethodSource("dev.rstat.collectors.Modes#stores")
    void cgroupsOfOnePathComeAndGoInTheSameRoom(ResultStore store) {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
        Loader.load(
                LoadedCollectors.options(ROOM)
                        .withCollectors(Loader.builtIn(List.of("attach")))
                        .withFiles(false)
                        .withStore(Optional.of(store)),
                said::add);
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors pinned = PinnedCollectors.open(LoadedCollectors.PIN_ROOT)) {
            top.attach(process.pid());
            int entries = state(pinned.snapshot()).entries();
            int most = 0;
            for (int i = 0; i < CGROUPS; i++) {
                try (TestCgroup child = top.child("c")) {
                    child.attach(process.pid());
                    top.attach(process.pid());
                }
                if (i % 500 == 0) {
                    Snapshot snapshot = pinned.snapshot();
                    most = Math.max(most, state(snapshot).entries());
                    assertThat(Totals.attaches(snapshot, top.path())).isEqualTo(1 + 2L * (i + 1));
                }
            }
            Await.until(
                    "dead cgroups leave the store",
                    Duration.ofSeconds(60),
                    () -> state(pinned.snapshot()).entries() <= entries + 1);
            Snapshot snapshot = pinned.snapshot();
            System.out.printf(
                    "churn, %s, %s: %d cgroups, attaches ours %d theirs %d; entries %d before, %d at most, %d after, of %d%n",
                    snapshot.collectors().getFirst().mode().label(),
                    store.label(),
                    CGROUPS,
                    Totals.attaches(snapshot, top.path()),
                    1 + 2L * CGROUPS,
                    entries,
                    most,
                    state(snapshot).entries(),
                    ROOM);
            assertThat(Totals.attaches(snapshot, top.path())).isEqualTo(1 + 2L * CGROUPS);
            assertThat(state(snapshot).lostEvents()).isZero();
            assertThat(state(snapshot).misplacedEvents()).isZero();
            assertThat(state(snapshot).missingTotals()).isZero();
        }
    }

    private static CollectorState state(Snapshot snapshot) {
        return snapshot.collectors().getFirst().state();
    }
}
