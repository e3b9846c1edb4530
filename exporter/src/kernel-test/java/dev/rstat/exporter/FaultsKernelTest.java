// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Host;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.Shell;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is done to whole hosts, and so to guests only. */
@Tag("guest")
class FaultsKernelTest {
    private static final List<Integer> STEPS = List.of(3600, -7200, 3600);

    private static final Pattern COUNTER = Pattern.compile("cgroup_[a-z_]+_(total|bucket|count|sum)\\{");

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "runqueue");

    private static void sh(String script) {
        Shell done = Shell.run(script + " 2>&1");
        assertThat(done.status()).as("%s: %s", script, done.output()).isZero();
    }

    private static double attaches(Map<String, Double> scrape, TestCgroup cgroup) {
        return scrape.getOrDefault("cgroup_attaches_total{cgroup=\"%s\",}".formatted(cgroup.path()), 0.0);
    }

    @Test
    void neitherAClockThatIsSetNorACgroup2ThatIsMountedAnewMovesACounter() {
        Map<String, Double> last = new HashMap<>();
        try (TestCgroup cgroup = TestCgroup.create();
                Workload busy = Workload.busy(cgroup, 0);
                Workload moved = Workload.sleeping();
                RunningService service = RunningService.started()) {
            assertThat(busy.runTime()).isNotNegative();
            int attaches = 1;
            for (int step : STEPS) {
                sh("date -s @$(( $(date +%%s) + %d ))".formatted(step));
                cgroup.attach(moved.pid());
                Map<String, Double> scrape = service.scrape();
                assertThat(attaches(scrape, cgroup)).as("step by %d s", step).isEqualTo(++attaches);
                assertNothingFell(scrape, last, cgroup);
            }
            sh("umount -l %1$s && mount -t cgroup2 cgroup2 %1$s".formatted(Host.cgroupRoot()));
            TestCgroup child = cgroup.child("child");
            child.attach(moved.pid());
            Map<String, Double> scrape = service.scrape();
            assertThat(attaches(scrape, child)).isEqualTo(1);
            assertThat(attaches(scrape, cgroup)).isEqualTo(++attaches);
            assertNothingFell(scrape, last, cgroup);
            assertThat(scrape)
                    .containsEntry("rstat_files_failures_total", 0.0)
                    .containsEntry("rstat_collector_success{collector=\"attach\",}", 1.0);
        }
    }

    private static void assertNothingFell(Map<String, Double> scrape, Map<String, Double> last, TestCgroup cgroup) {
        scrape.forEach((series, value) -> {
            if (series.contains(cgroup.path()) && COUNTER.matcher(series).lookingAt()) {
                assertThat(value).as(series).isGreaterThanOrEqualTo(last.getOrDefault(series, 0.0));
                last.put(series, value);
            }
        });
        assertThat(last).hasSizeGreaterThan(10);
    }
}
