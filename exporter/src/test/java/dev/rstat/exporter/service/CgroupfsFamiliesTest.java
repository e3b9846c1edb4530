// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.CgroupfsFixture;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.snapshot.Reading;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of the collector that is not loaded: as of the others. */
class CgroupfsFamiliesTest {
    private final SnapshotFamilies families = new SnapshotFamilies(Clock.systemUTC(), Path.of("/nowhere"), List.of());

    @Test
    void successAndDurationAreThoseOfACollector() {
        Snapshot snapshot =
                new CgroupfsFixture().in(new SnapshotFixture().cgroups("/").build());
        assertThat(samples(snapshot))
                .contains(
                        "rstat_collector_success{cgroupfs} 1.0", "rstat_collector_duration_seconds{cgroupfs} 1.25E-4");
    }

    @Test
    void aFailureIsThatOfACollectorNowAndWithoutASnapshot() {
        assertThat(samples(new SnapshotFixture()
                        .cgroups("/")
                        .failure("cgroupfs", "too many open files")
                        .build()))
                .contains("rstat_collector_success{cgroupfs} 0.0")
                .noneMatch(sample -> sample.startsWith("rstat_collector_duration_seconds"));
        assertThat(samples(new Reading.Failed("nothing"))).contains("rstat_collector_success{cgroupfs} 0.0");
    }

    @Test
    void whatIsOffIsNotToldOf() {
        assertThat(samples(new SnapshotFixture().cgroups("/").build()))
                .noneMatch(sample -> sample.contains("{cgroupfs}"));
    }

    private List<String> samples(Snapshot snapshot) {
        return samples(new Reading.Taken(snapshot, List.of()));
    }

    private List<String> samples(Reading reading) {
        return families.of(reading).stream()
                .flatMap(family -> family.samples.stream())
                .map(sample -> "%s{%s} %s".formatted(sample.name, String.join(",", sample.labelValues), sample.value))
                .toList();
    }
}
