// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Stats files are right for whoever reads them, privileged or not. */
@Tag("kernel")
class StatsFilesKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "runqueue");

    private static Map<String, Long> parse(String text) {
        Map<String, Long> values = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            String[] fields = line.split(" ", -1);
            assertThat(fields).as(line).hasSize(2);
            values.put(fields[0], Long.parseUnsignedLong(fields[1]));
        });
        return values;
    }

    @Test
    void selfShowsItsReadersOwnCgroupToAUserWithoutPrivileges() {
        try (TestCgroup mine = TestCgroup.create();
                TestCgroup other = TestCgroup.create();
                Workload busy = Workload.busy(other, 0)) {
            String command = "cat %s/self/runqueue".formatted(ROOT);
            Map<String, Long> first = parse(Workload.unprivileged(mine, command));
            Map<String, Long> second = parse(Workload.unprivileged(mine, command));
            Map<String, Long> others = parse(Workload.unprivileged(other, command));

            assertThat(first).containsEntry("cgroup_id", mine.id());
            assertThat(others).containsEntry("cgroup_id", other.id());
            assertThat(busy.runTime()).isPositive();
            assertThat(first.get("switches")).isPositive();
            assertThat(second.get("switches")).isGreaterThan(first.get("switches"));
        }
    }

    @Test
    void selfReadsTheSameNumbersAsTheSnapshot() {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            for (int i = 0; i < 7; i++) {
                cgroup.attach(process.pid());
            }
            // The reader attaches itself: that is the eighth.
            assertThat(parse(Workload.unprivileged(cgroup, "sleep 0.2; cat %s/self/attach".formatted(ROOT))))
                    .containsEntry("attaches", 8L)
                    .containsEntry("attaches", Totals.attaches(LOADED.snapshot(), cgroup.path()));
        }
    }

    @Test
    void everyCgroupHasAFilePerCollectorThatAgreesWithTheSnapshot() {
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            TestCgroup dotted = top.child("user@1000.service");
            TestCgroup percent = dotted.child("100%");
            TestCgroup likeACollector = top.child("attach");
            StatsFiles.sync(ROOT, line -> {});
            for (TestCgroup cgroup : List.of(top, dotted, percent, likeACollector)) {
                cgroup.attach(process.pid());
            }
            Snapshot snapshot = LOADED.snapshot();
            for (TestCgroup cgroup : List.of(top, dotted, percent, likeACollector)) {
                for (String collector : Loader.loaded(ROOT)) {
                    Path file = StatsFiles.path(ROOT, cgroup.path(), collector);
                    assertThat(file).exists();
                    assertThat(parse(IteratorFile.read(file))).containsEntry("cgroup_id", cgroup.id());
                }
                Path attach = StatsFiles.path(ROOT, cgroup.path(), "attach");
                assertThat(parse(IteratorFile.read(attach)))
                        .containsEntry("attaches", Totals.attaches(snapshot, cgroup.path()));
            }
            assertThat(StatsFiles.path(ROOT, dotted.path(), "attach").getParent())
                    .hasFileName("user@1000%2Eservice");
        }
    }

    @Test
    void aHistogramsFileCountsUpAsLeDoes() {
        try (TestCgroup cgroup = TestCgroup.create();
                Workload a = Workload.busy(cgroup, 0);
                Workload b = Workload.busy(cgroup, 0)) {
            StatsFiles.sync(ROOT, line -> {});
            Await.until(
                    "both loops run",
                    Duration.ofSeconds(30),
                    () -> a.runTime() > 100_000_000 && b.runTime() > 100_000_000);
            Map<String, Long> values = parse(IteratorFile.read(StatsFiles.path(ROOT, cgroup.path(), "runqueue")));
            List<Long> cumulative = values.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("wait_le_"))
                    .map(Map.Entry::getValue)
                    .toList();
            assertThat(cumulative).hasSize(Metric.BUCKETS - 1).isSorted();
            assertThat(values.get("wait_count"))
                    .isGreaterThanOrEqualTo(cumulative.getLast())
                    .isPositive();
            assertThat(values.get("wait_sum_ns")).isPositive();
        }
    }

    @Test
    void filesOfRemovedCgroupsPrintNothingAndGoWithTheNextSync() {
        TestCgroup cgroup = TestCgroup.create();
        StatsFiles.sync(ROOT, line -> {});
        Path file = StatsFiles.path(ROOT, cgroup.path(), "attach");
        assertThat(parse(IteratorFile.read(file))).containsEntry("cgroup_id", cgroup.id());
        cgroup.remove();
        assertThat(IteratorFile.read(file)).isEmpty();
        StatsFiles.sync(ROOT, line -> {});
        assertThat(Files.exists(file)).isFalse();
        assertThat(Files.exists(file.getParent())).isFalse();
    }

    @Test
    void unprivilegedUsersMayReadFilesAndNothingElse() {
        try (TestCgroup cgroup = TestCgroup.create()) {
            String tries =
                    "cd %s && for f in collectors/attach/flush collectors/attach/totals programs; do cat $f; done; rm -f self/attach; mkdir cgroups/x; ls collectors/attach"
                            .formatted(ROOT);
            assertThat(Workload.unprivileged(cgroup, tries).lines())
                    .hasSize(6)
                    .allMatch(line -> line.contains("Permission denied") || line.contains("Operation not permitted"));
        }
    }
}
