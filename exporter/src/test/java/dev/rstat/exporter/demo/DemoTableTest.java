// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.live.Frame;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoTableTest {
    private static final String[] PATHS = {
        "/", "/other", "/rstat-demo", "/rstat-demo/batch", "/rstat-demo/web", "/rstat-demolition"
    };

    @Test
    void showsWhatHappenedBetweenTwoSnapshotsAtEveryLevel() {
        long[] none = runqueue(0, 0, 0);
        Snapshot earlier =
                snapshot(0, Map.of("/", runqueue(100, 10, 1_000_000, 0, 1), "/rstat-demo", none, "/other", none));
        // Buckets 10 and 14 end at 61 us and 977 us.
        Snapshot later = snapshot(
                2,
                Map.of(
                        "/", runqueue(500, 30, 5_000_000, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100),
                        "/other", runqueue(1, 1, 1, 1),
                        "/rstat-demo", runqueue(40, 4, 2_000_000_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0),
                        "/rstat-demo/batch", runqueue(6, 0, 0)));
        assertThat(DemoTable.lines(Frame.between(earlier, later)))
                .containsExactly(
                        "CGROUP                     SWITCHES/S  PREEMPTIONS/S   MEAN WAIT    P99 WAIT",
                        "/                                 200             10     40.0 us      972 us",
                        "  rstat-demo                       20              2      2.00 s     60.7 us",
                        "    batch                           3              0           -           -",
                        "    web                             0              0           -           -");
    }

    @Test
    void withoutTheCollectorItSaysWhatToDo() {
        Snapshot snapshot = new SnapshotFixture().cgroups("/").build();
        assertThatThrownBy(() -> DemoTable.lines(Frame.between(snapshot, snapshot)))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("load it: sudo rstat load");
        Snapshot failing =
                new SnapshotFixture().failure("runqueue", "its pins are gone").build();
        assertThatThrownBy(() -> DemoTable.lines(Frame.between(failing, failing)))
                .hasMessageContaining("its pins are gone");
    }

    private static Snapshot snapshot(int second, Map<String, long[]> words) {
        return new SnapshotFixture()
                .at(Instant.ofEpochSecond(second))
                .cgroups(PATHS)
                .collector(RUNQUEUE, words)
                .build();
    }
}
