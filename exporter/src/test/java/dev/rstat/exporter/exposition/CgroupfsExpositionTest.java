// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.CgroupfsFamily;
import dev.rstat.collectors.CgroupfsFixture;
import dev.rstat.collectors.CgroupfsSnapshot;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.identity.Identities;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Holds what is written of cgroups' own files to what simpleclient writes for the same numbers. */
class CgroupfsExpositionTest {
    private final CgroupEncoder encoder = new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.ALL, false);

    @Test
    void isWhatPrometheusReads() {
        Snapshot snapshot = new CgroupfsFixture()
                .file("/a", "cpu.stat", "usage_usec 12345678\nuser_usec 5\nnr_throttled 9\n")
                .file("/a", "memory.stat", "anon 4096\npgfault 77\n")
                .file("/a", "io.stat", "8:16 rbytes=1\n253:1048575 rbytes=4096 wios=2\n")
                .file("/a", "pids.max", "max\n")
                .file("/", "pids.max", "7\n")
                .file("/", "memory.pressure", "some avg10=0.00 total=1500000\nfull avg10=0.00 total=0\n")
                .in(new SnapshotFixture().cgroups("/", "/a").build());
        assertThat(text(snapshot).lines())
                .contains(
                        "# TYPE cgroup_cpu_usage_seconds_total counter",
                        "cgroup_cpu_usage_seconds_total{cgroup=\"/a\",} 12.345678",
                        "cgroup_cpu_user_seconds_total{cgroup=\"/a\",} 5.0E-6",
                        "cgroup_cpu_throttled_periods_total{cgroup=\"/a\",} 9.0",
                        "# TYPE cgroup_memory_stat_bytes gauge",
                        "cgroup_memory_stat_bytes{cgroup=\"/a\",type=\"anon\",} 4096.0",
                        "cgroup_memory_stat_total{cgroup=\"/a\",type=\"pgfault\",} 77.0",
                        "cgroup_io_read_bytes_total{cgroup=\"/a\",device=\"8:16\",} 1.0",
                        "cgroup_io_read_bytes_total{cgroup=\"/a\",device=\"253:1048575\",} 4096.0",
                        "cgroup_io_writes_total{cgroup=\"/a\",device=\"253:1048575\",} 2.0",
                        "cgroup_pids_max{cgroup=\"/\",} 7.0",
                        "cgroup_pressure_waiting_seconds_total{cgroup=\"/\",resource=\"memory\",} 1.5",
                        "cgroup_pressure_stalled_seconds_total{cgroup=\"/\",resource=\"memory\",} 0.0")
                .noneMatch(line -> line.startsWith("cgroup_pids_max{cgroup=\"/a\""))
                .filteredOn(line -> line.startsWith("cgroup_") && !line.startsWith("cgroup_info"))
                .hasSize(11);
        assertSame(snapshot);
    }

    @Test
    void comesAfterTheCollectorsOfBpfAndNoFamilyTwice() {
        Snapshot snapshot = new CgroupfsFixture()
                .file("/", "memory.current", "1\n")
                .in(new SnapshotFixture()
                        .cgroups("/")
                        .collector(RUNQUEUE, Map.of("/", runqueue(1, 0, 5, 1)))
                        .build());
        assertThat(text(snapshot).lines().filter(line -> line.startsWith("# TYPE ")))
                .doesNotHaveDuplicates()
                .contains(
                        "# TYPE cgroup_runqueue_latency_seconds histogram", "# TYPE cgroup_memory_current_bytes gauge");
        assertSame(snapshot);
    }

    @Test
    void withoutItNothingIsWritten() {
        assertThat(text(new SnapshotFixture().cgroups("/").build()))
                .startsWith("# HELP cgroup_info")
                .doesNotContain("cgroup_cpu");
    }

    @Test
    void pathsAreEscaped() {
        String path = "/quo\"te\\slash\nline, {blank} \u00fc \ud83d\ude00";
        assertSame(new CgroupfsFixture()
                .file(path, "memory.events", "low 1\noom_kill 2\n")
                .file(path, "io.stat", "8:0 rbytes=3\n")
                .in(new SnapshotFixture().cgroups("/", path).build()));
    }

    @Test
    void everyNumberOfManyCgroups() {
        Random random = new Random(3);
        List<String> paths = new ArrayList<>(List.of("/"));
        CgroupfsFixture files = new CgroupfsFixture();
        for (int i = 0; i < 300; i++) {
            String path = "/service-" + i + ".slice";
            paths.add(path);
            files.file(path, "cpu.stat", "usage_usec %d\nsystem_usec %d\n".formatted(any(random), any(random)));
            files.file(path, "memory.current", any(random) + "\n");
            files.file(path, "memory.stat", "file %d\npgmajfault %d\n".formatted(any(random), any(random)));
            files.file(path, "io.pressure", "some total=%d\nfull total=%d\n".formatted(any(random), any(random)));
            StringBuilder devices = new StringBuilder();
            for (int device = 0; device < i % 5; device++) {
                devices.append("8:%d rbytes=%d wios=%d\n".formatted(random.nextInt(20), any(random), any(random)));
            }
            files.file(path, "io.stat", devices.toString());
        }
        assertSame(files.in(
                new SnapshotFixture().cgroups(paths.toArray(String[]::new)).build()));
    }

    /** Of any length. */
    private static long any(Random random) {
        return random.nextLong() >>> (1 + random.nextInt(63));
    }

    private void assertSame(Snapshot snapshot) {
        assertThat(text(snapshot)).endsWith(oracle(snapshot));
    }

    private String text(Snapshot snapshot) {
        return Encoded.text(encoder, snapshot, Format.TEXT);
    }

    private static String oracle(Snapshot snapshot) {
        CgroupfsSnapshot files = Objects.requireNonNull(snapshot.cgroupfs());
        List<MetricFamilySamples> families = new ArrayList<>();
        for (CgroupfsFamily family : CgroupfsSnapshot.families()) {
            List<Sample> samples = new ArrayList<>();
            for (int cgroup = 0; cgroup < snapshot.cgroups().size(); cgroup++) {
                String path = snapshot.cgroups().get(cgroup).path();
                for (int i = 0; i < family.values().size(); i++) {
                    add(samples, family, path, family.values().get(i), files.value(cgroup, family.firstColumn() + i));
                }
                for (int entry = files.firstEntry(cgroup);
                        family.isOfDevices() && entry < files.firstEntry(cgroup + 1);
                        entry++) {
                    String device = (files.device(entry) >>> 32) + ":" + (files.device(entry) & 0xffff_ffffL);
                    add(samples, family, path, device, files.deviceValue(entry, family.firstColumn()));
                }
            }
            Collector.Type type = family.isCounter() ? Collector.Type.COUNTER : Collector.Type.GAUGE;
            families.add(new MetricFamilySamples(family.name(), type, family.help(), samples));
        }
        StringWriter text = new StringWriter();
        try {
            TextFormat.write004(text, Collections.enumeration(families));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void add(List<Sample> samples, CgroupfsFamily family, String path, String label, long value) {
        if (value == CgroupfsSnapshot.ABSENT) {
            return;
        }
        boolean plain = family.label().isEmpty();
        samples.add(new Sample(
                family.name(),
                plain ? List.of("cgroup") : List.of("cgroup", family.label()),
                plain ? List.of(path) : List.of(path, label),
                value / (family.scale() == 6 ? 1e6 : 1)));
    }
}
