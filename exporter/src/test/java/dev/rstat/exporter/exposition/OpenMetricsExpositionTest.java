// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.CgroupfsFixture;
import dev.rstat.collectors.EveryKind;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.identity.Identities;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds both text formats to what simpleclient writes for the samples of {@link CgroupCollector}. */
class OpenMetricsExpositionTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyKindIsWhatSimpleclientWrites(long seed) throws IOException {
        Snapshot snapshot = new CgroupfsFixture()
                .file("/", "cpu.stat", "usage_usec 12345678\n")
                .file("/", "io.stat", "8:16 rbytes=1\n253:1048575 rbytes=4096 wios=2\n")
                .in(EveryKind.snapshot(200, seed));
        for (ClassicBuckets buckets : new ClassicBuckets[] {ClassicBuckets.ALL, ClassicBuckets.DEFAULT}) {
            CgroupEncoder encoder = new CgroupEncoder(Identities.ofPaths(), buckets, false);
            CgroupCollector collector = new CgroupCollector(() -> snapshot, Identities.ofPaths(), buckets);
            assertThat(Encoded.text(encoder, snapshot, Format.TEXT)).isEqualTo(simpleclient(collector, Format.TEXT));
            assertThat(Encoded.text(encoder, snapshot, Format.OPENMETRICS) + "# EOF\n")
                    .isEqualTo(simpleclient(collector, Format.OPENMETRICS));
        }
    }

    private static String simpleclient(CgroupCollector collector, Format format) throws IOException {
        StringWriter text = new StringWriter();
        TextFormat.writeFormat(format.contentType(), text, Collections.enumeration(collector.collect()));
        return text.toString();
    }

    @Test
    void unitsTypesAndWhenCountsBegan() {
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/")
                .collector(RUNQUEUE, Map.of("/", runqueue(5, 1, 1_500_000_000, 0, 2)))
                .build();
        String began = "1.7E9";
        assertThat(Encoded.text(
                        new CgroupEncoder(Identities.ofPaths(), new ClassicBuckets(List.of(1.0)), true),
                        snapshot,
                        Format.OPENMETRICS))
                .endsWith("""
                        # TYPE cgroup_runqueue_latency_seconds histogram
                        # UNIT cgroup_runqueue_latency_seconds seconds
                        # HELP cgroup_runqueue_latency_seconds Time tasks were runnable before they ran.
                        cgroup_runqueue_latency_seconds_bucket{cgroup="/",le="1.0"} 2.0
                        cgroup_runqueue_latency_seconds_bucket{cgroup="/",le="+Inf"} 2.0
                        cgroup_runqueue_latency_seconds_count{cgroup="/"} 2.0
                        cgroup_runqueue_latency_seconds_sum{cgroup="/"} 1.5
                        cgroup_runqueue_latency_seconds_created{cgroup="/"} %s
                        # TYPE cgroup_context_switches counter
                        # HELP cgroup_context_switches Counts switches.
                        cgroup_context_switches_total{cgroup="/"} 5.0
                        cgroup_context_switches_created{cgroup="/"} %s
                        # TYPE cgroup_preemptions counter
                        # HELP cgroup_preemptions Counts preemptions.
                        cgroup_preemptions_total{cgroup="/"} 1.0
                        cgroup_preemptions_created{cgroup="/"} %s
                        """.formatted(began, began, began));
    }

    /** With the same labels, another cgroup's path among them. */
    @Test
    void everyCounterAndHistogramSaysWhenItBegan() {
        String text = Encoded.text(
                new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.DEFAULT, true),
                EveryKind.snapshot(50, 9),
                Format.OPENMETRICS);
        List<String> created = series(text, "_created");
        List<String> counted = new ArrayList<>(series(text, "_total"));
        counted.addAll(series(text, "_count"));
        assertThat(created).containsExactlyInAnyOrderElementsOf(counted);
        assertThat(created)
                .anyMatch(series -> series.startsWith("cgroup_hurt_by_seconds{cgroup=\"/\",operation=\"read\",by=\"/"));
    }

    private static List<String> series(String text, String suffix) {
        return text.lines()
                .filter(line -> line.contains(suffix + "{"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')).replace(suffix + "{", "{"))
                .toList();
    }

    @Test
    void withoutBeingAskedNothingIsCreated() {
        assertThat(Encoded.text(
                        new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.DEFAULT, false),
                        EveryKind.snapshot(9, 9),
                        Format.OPENMETRICS))
                .doesNotContain("_created");
        assertThat(Encoded.text(
                        new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.DEFAULT, true),
                        EveryKind.snapshot(9, 9),
                        Format.TEXT))
                .doesNotContain("_created");
    }
}
