// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The service in a process of its own, over real collectors. */
class ServiceKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "runqueue");

    private static String series(String name, TestCgroup cgroup) {
        return series(name, cgroup.path());
    }

    private static String series(String name, String path) {
        return "%s{cgroup=\"%s\",}".formatted(name, path);
    }

    private static double at(Map<String, Double> scrape, String name, TestCgroup cgroup) {
        return at(scrape, series(name, cgroup));
    }

    private static double at(Map<String, Double> scrape, String series) {
        assertThat(scrape).containsKey(series);
        return Objects.requireNonNull(scrape.get(series));
    }

    /** A sum of nanoseconds is exposed in seconds; this takes it back, exactly, up to 104 days. */
    private static long nanoseconds(double seconds) {
        return Math.round(seconds * 1e9);
    }

    /** One service for all of it: in a guest it takes half a minute to start. */
    @Test
    @Tag("kernel")
    void withoutAnyPrivilegeATreesMetricsAddUpInOneScrapeAndOutliveItsCgroups() {
        String count = "cgroup_runqueue_latency_seconds_count";
        String sum = "cgroup_runqueue_latency_seconds_sum";
        try (TestCgroup t = TestCgroup.create();
                RunningService service = RunningService.started()) {
            service.assertHasNoPrivilege();
            TestCgroup a = t.child("a");
            TestCgroup b = t.child("b");
            // Every cgroup has its files, which hold it: removing it must not depend on nobody looking.
            StatsFiles.sync(LoadedCollectors.PIN_ROOT, line -> {});
            try (Workload a1 = Workload.busy(a, 0);
                    Workload a2 = Workload.busy(a, 0);
                    Workload b1 = Workload.busy(b, 0);
                    Workload b2 = Workload.busy(b, 0)) {
                Await.until(
                        "all loops run",
                        Duration.ofSeconds(60),
                        () -> List.of(a1, a2, b1, b2).stream().allMatch(loop -> loop.runTime() > 50_000_000));
                Map<String, Double> scrape = service.scrape();
                assertThat(scrape).containsEntry("rstat_collector_success{collector=\"cgroupfs\",}", 1.0);
                assertThat(at(scrape, "cgroup_cpu_usage_seconds_total", a)).isPositive();
                for (String name : List.of(count, sum)) {
                    assertThat(at(scrape, name, a)).isPositive();
                    assertThat(at(scrape, name, b)).isPositive();
                    assertThat(at(scrape, series(name, "/"))).isGreaterThanOrEqualTo(at(scrape, name, t));
                }
                assertThat(at(scrape, count, t)).isEqualTo(at(scrape, count, a) + at(scrape, count, b));
                assertThat(nanoseconds(at(scrape, sum, t)))
                        .isEqualTo(nanoseconds(at(scrape, sum, a)) + nanoseconds(at(scrape, sum, b)));
            }
            Map<String, Double> before = service.scrape();
            a.remove();
            Map<String, Double> after = service.scrape();
            assertThat(after.keySet()).noneMatch(series -> series.contains("\"%s\"".formatted(a.path())));
            for (String name : List.of(count, sum)) {
                assertThat(at(after, name, t)).isGreaterThanOrEqualTo(at(before, name, t));
            }
        }
    }
}
