// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Counting goes on whatever becomes of the service. Not in guests, where starting forty JVMs takes ten times as long. {@code ./rstat test
 * soak} kills it more often.
 */
@Tag("host")
class KillHostTest {
    private static final int KILLS = Integer.getInteger("rstat.soak.kills", 20);

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "runqueue");

    @Test
    void noCounterFallsHoweverOftenTheServiceIsKilled() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, Double> last = new HashMap<>();
        try (TestCgroup cgroup = TestCgroup.create();
                Workload busy = Workload.busy(cgroup, 0);
                Workload moved = Workload.sleeping()) {
            assertThat(busy.runTime()).isNotNegative();
            for (int kill = 1; kill <= KILLS; kill++) {
                cgroup.attach(moved.pid());
                try (RunningService service = RunningService.started()) {
                    Map<String, Double> scrape = service.scrape();
                    last.forEach((series, value) -> assertThat(scrape.getOrDefault(series, -1.0))
                            .as("%s, seed %d", series, seed)
                            .isGreaterThanOrEqualTo(value));
                    scrape.forEach((series, value) -> {
                        if (isCounter(series)) {
                            last.put(series, value);
                        }
                    });
                    assertThat(scrape)
                            .containsEntry(
                                    "cgroup_attaches_total{cgroup=\"%s\",}".formatted(cgroup.path()), kill + 1.0);
                    // At any moment: scraping or idle, or while it starts (the next round starts one more).
                    Thread scraper = Thread.ofVirtual().start(() -> {
                        try {
                            while (true) {
                                service.get("/metrics");
                            }
                        } catch (RuntimeException killed) {
                            // That is what this is about.
                        }
                    });
                    pause(random.nextInt(300));
                    service.kill();
                    join(scraper);
                }
                try (RunningService starting = RunningService.start()) {
                    pause(random.nextInt(800));
                    starting.kill();
                }
            }
            System.out.printf(
                    "%d kills of a serving and %d of a starting service: %d series, none fell%n",
                    KILLS, KILLS, last.size());
            assertThat(last).hasSizeGreaterThan(30);
        }
    }

    /** Of cgroups that outlive the test; others of the host may come and go. */
    private static boolean isCounter(String series) {
        return series.startsWith("cgroup_")
                && (series.contains("cgroup=\"/\"") || series.contains("cgroup=\"/rstat-test"))
                && !series.startsWith("cgroup_info");
    }

    private static void pause(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
