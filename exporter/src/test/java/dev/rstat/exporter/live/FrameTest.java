// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.rstat.collectors.CgroupfsFixture;
import dev.rstat.collectors.EveryKind;
import dev.rstat.collectors.Metric;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrameTest {
    @Test
    void aCounterIsARateAndAHistogramIsTimeCountAndQuantiles() {
        Snapshot earlier = runqueues(0, Map.of("/", runqueue(100, 10, 1_000_000, 0, 1)));
        // Bucket 10 ends at 2^-14 s.
        Snapshot later = runqueues(
                2, Map.of("/", runqueue(500, 30, 4_000_000_000L + 1_000_000, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 100)));
        Frame frame = Frame.between(earlier, later);
        assertThat(frame.interval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(frame.time()).isEqualTo(Instant.ofEpochSecond(2));
        assertThat(value(frame, "context_switches", "/")).isEqualTo(200);
        assertThat(value(frame, "preemptions", "/")).isEqualTo(10);
        assertThat(value(frame, "runqueue_latency", "/")).isEqualTo(2);
        assertThat(value(frame, "runqueue_latency.count", "/")).isEqualTo(50);
        double upper = Math.scalb(1.0, -14);
        assertThat(value(frame, "runqueue_latency.p50", "/")).isEqualTo(0.75 * upper);
        assertThat(value(frame, "runqueue_latency.p99", "/")).isEqualTo(0.995 * upper);
        Histogram histogram = frame.histograms().getFirst();
        long[] observations = new long[Metric.BUCKETS];
        observations[10] = 100;
        assertThat(frame.observations(histogram, 0)).isEqualTo(observations);
        assertThat(histogram.upperBound(10)).isEqualTo(upper);
        assertThat(histogram.unit()).isEqualTo(Unit.SECONDS);
        assertThat(frame.consistent()).isTrue();
    }

    @Test
    void withoutAnEventRatesAreZeroAndQuantilesAbsent() {
        Frame frame = Frame.between(runqueues(0, Map.of()), runqueues(1, Map.of("/", runqueue(7, 0, 0))));
        assertThat(value(frame, "context_switches", "/")).isEqualTo(7);
        assertThat(value(frame, "context_switches", "/a/b")).isZero();
        assertThat(value(frame, "runqueue_latency", "/a/b")).isZero();
        assertThat(value(frame, "runqueue_latency.count", "/a/b")).isZero();
        assertThat(value(frame, "runqueue_latency.p99", "/a/b")).isNaN();
    }

    @Test
    void waitingForTheCpuIsTheStatToBeginWith() {
        Frame frame = Frame.between(
                new CgroupfsFixture().in(EveryKind.snapshot(2, 1)), new CgroupfsFixture().in(EveryKind.snapshot(2, 1)));
        assertThat(frame.stats().getFirst())
                .isEqualTo(new Stat(
                        "runqueue_latency",
                        "runqueue latency",
                        Unit.SECONDS_PER_SECOND,
                        "Time tasks were runnable before they ran.",
                        "runqueue"));
        assertThat(frame.stats()).extracting(Stat::key).doesNotHaveDuplicates().contains("cpu", "memory", "io_bytes");
    }

    @Test
    void everyKindOfFieldOfAnyCollectorIsThere() {
        Frame frame = Frame.between(EveryKind.snapshot(40, 1), EveryKind.snapshot(40, 1));
        assertThat(frame.stats())
                .filteredOn(stat -> stat.collector().equals("kinds"))
                .extracting(Stat::key, Stat::unit)
                .containsExactly(
                        tuple("things", Unit.PER_SECOND),
                        tuple("level", Unit.NUMBER),
                        tuple("longest", Unit.SECONDS),
                        tuple("operation.read", Unit.SECONDS_PER_SECOND),
                        tuple("operation.read.count", Unit.PER_SECOND),
                        tuple("operation.read.p50", Unit.SECONDS),
                        tuple("operation.read.p99", Unit.SECONDS),
                        tuple("operation.write \"back\"", Unit.SECONDS_PER_SECOND),
                        tuple("operation.write \"back\".count", Unit.PER_SECOND),
                        tuple("operation.write \"back\".p50", Unit.SECONDS),
                        tuple("operation.write \"back\".p99", Unit.SECONDS),
                        tuple("hurt_by.read", Unit.SECONDS_PER_SECOND));
        assertThat(frame.splits()).extracting(Split::key).containsExactly("hurt_by.read");
        assertThat(value(frame, "level", "/")).isNotNaN();
    }

    @Test
    void aCgroupThatIsNewCountsFromZero() {
        Snapshot earlier = at(0).cgroups("/").collector(RUNQUEUE, Map.of()).build();
        Snapshot later = at(1).cgroups("/", "/new")
                .collector(RUNQUEUE, Map.of("/new", runqueue(5, 0, 0)))
                .build();
        assertThat(value(Frame.between(earlier, later), "context_switches", "/new"))
                .isEqualTo(5);
    }

    @Test
    void oneMadeAnewUnderTheSamePathIsAnother() {
        Snapshot earlier = at(0).cgroup(1, "/")
                .cgroup(2, "/a")
                .collector(RUNQUEUE, Map.of("/a", runqueue(100, 0, 0)))
                .build();
        Snapshot later = at(1).cgroup(1, "/")
                .cgroup(3, "/a")
                .collector(RUNQUEUE, Map.of("/a", runqueue(120, 0, 0)))
                .build();
        assertThat(value(Frame.between(earlier, later), "context_switches", "/a"))
                .isEqualTo(120);
    }

    @Test
    void oneThatHasAnothersIdIsAnother() {
        Snapshot earlier = at(0).cgroup(1, "/")
                .cgroup(2, "/a")
                .collector(RUNQUEUE, Map.of("/a", runqueue(100, 0, 0)))
                .build();
        Snapshot later = at(1).cgroup(1, "/")
                .cgroup(2, "/b")
                .collector(RUNQUEUE, Map.of("/b", runqueue(120, 0, 0)))
                .build();
        assertThat(value(Frame.between(earlier, later), "context_switches", "/b"))
                .isEqualTo(120);
    }

    @Test
    void whatWentBackIsAbsentAndNothingElse() {
        Snapshot earlier = runqueues(0, Map.of("/", runqueue(100, 10, 50, 3, 3)));
        Snapshot later = runqueues(1, Map.of("/", runqueue(99, 11, 60, 2, 5)));
        Frame frame = Frame.between(earlier, later);
        assertThat(value(frame, "context_switches", "/")).isNaN();
        assertThat(value(frame, "preemptions", "/")).isEqualTo(1);
        assertThat(value(frame, "runqueue_latency.count", "/")).isNaN();
        assertThat(value(frame, "runqueue_latency.p50", "/")).isNaN();
        assertThat(frame.observations(frame.histograms().getFirst(), 0)).isEmpty();
        assertThat(value(frame, "context_switches", "/a")).isZero();
    }

    @Test
    void aCollectorThatBeganAnewHasNoRatesThoughItsCountersAreLarger() {
        Snapshot earlier = runqueues(0, Map.of("/", runqueue(1, 1, 1)));
        Snapshot later = at(1).cgroups("/")
                .began(77)
                .collector(RUNQUEUE, Map.of("/", runqueue(100, 100, 100, 1)))
                .build();
        Frame frame = Frame.between(earlier, later);
        for (Stat stat : frame.stats()) {
            assertThat(frame.value(stat, 0)).isNaN();
        }
    }

    @Test
    void aCollectorThatWasNotThereHasNoRatesAndOneThatIsGoneNoStats() {
        Snapshot without =
                at(0).cgroups("/").failure("runqueue", "its pins are gone").build();
        Snapshot with = at(1).cgroups("/")
                .collector(RUNQUEUE, Map.of("/", runqueue(1, 1, 1)))
                .build();
        Frame came = Frame.between(without, with);
        Stat switches = came.stat("context_switches").orElseThrow();
        assertThat(came.value(switches, 0)).isNaN();
        Frame went = Frame.between(with, without);
        assertThat(went.stats()).isEmpty();
        assertThat(went.stat("context_switches")).isEmpty();
        assertThat(went.values(switches)).containsExactly(Double.NaN);
        assertThat(went.failures()).containsEntry("runqueue", "its pins are gone");
    }

    @Test
    void noTimeOrTimeSetBackHasNoRates() {
        Snapshot snapshot = runqueues(5, Map.of("/", runqueue(1, 1, 1)));
        assertThat(value(Frame.between(snapshot, snapshot), "context_switches", "/"))
                .isNaN();
        assertThat(value(
                        Frame.between(snapshot, runqueues(4, Map.of("/", runqueue(2, 1, 1)))), "context_switches", "/"))
                .isNaN();
    }

    @Test
    void aReadingThatIsNotOfOneMomentIsSaid() {
        Snapshot torn =
                at(1).cgroups("/").inconsistent().collector(RUNQUEUE, Map.of()).build();
        Snapshot whole = at(2).cgroups("/").collector(RUNQUEUE, Map.of()).build();
        assertThat(Frame.between(torn, whole).consistent()).isFalse();
        assertThat(Frame.between(whole, torn).consistent()).isFalse();
    }

    @Test
    void theKernelsFilesGiveCpuMemoryIoAndPressure() {
        Snapshot plain = at(0).cgroups("/", "/a", "/b").build();
        Snapshot later = at(2).cgroups("/", "/a", "/b").build();
        Frame frame = Frame.between(
                new CgroupfsFixture()
                        .file("/a", "cpu.stat", "usage_usec 1000000\nuser_usec 900000\nsystem_usec 100000\n")
                        .file("/a", "io.stat", "8:0 rbytes=1000 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n")
                        .file("/a", "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
                        .in(plain),
                new CgroupfsFixture()
                        .file("/a", "cpu.stat", "usage_usec 4000000\nuser_usec 3900000\nsystem_usec 50000\n")
                        .file("/a", "memory.current", "4096\n")
                        .file("/a", "io.stat", """
                                8:16 rbytes=6 wbytes=0 rios=1 wios=0 dbytes=0 dios=0
                                8:0 rbytes=3000 wbytes=500 rios=3 wios=1 dbytes=0 dios=0
                                """)
                        .file("/a", "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n")
                        .in(later));
        assertThat(value(frame, "cpu", "/a")).isEqualTo(1.5);
        assertThat(value(frame, "cpu_system", "/a")).isNaN();
        assertThat(value(frame, "memory", "/a")).isEqualTo(4096);
        assertThat(value(frame, "io_bytes", "/a")).isEqualTo(1253);
        assertThat(value(frame, "io_read_bytes", "/a")).isEqualTo(1003);
        assertThat(value(frame, "io_written_bytes", "/a")).isEqualTo(250);
        assertThat(value(frame, "pressure.cpu", "/a")).isEqualTo(0.25);
        for (String key : List.of("cpu", "memory", "io_bytes", "pressure.cpu", "tasks")) {
            assertThat(value(frame, key, "/b")).isNaN();
        }
    }

    @Test
    void tenThousandCgroupsAreAsExactAsOne() {
        String[] paths = new String[10_001];
        Map<String, long[]> first = new HashMap<>();
        Map<String, long[]> second = new HashMap<>();
        paths[0] = "/";
        for (int i = 1; i < paths.length; i++) {
            paths[i] = i % 100 == 1 ? "/s" + i : "/s" + (i - (i - 1) % 100) + "/c" + i;
            first.put(paths[i], runqueue(i, 0, 0));
            second.put(paths[i], runqueue(3L * i, 0, 0));
        }
        Snapshot earlier = at(0).cgroups(paths).collector(RUNQUEUE, first).build();
        Snapshot later = at(1).cgroups(paths).collector(RUNQUEUE, second).build();
        Frame frame = Frame.between(earlier, later);
        double[] switches = frame.values(frame.stat("context_switches").orElseThrow());
        for (int i = 1; i < paths.length; i++) {
            assertThat(switches[i]).isEqualTo(2.0 * i);
            assertThat(frame.cgroups().get(frame.parent(i)))
                    .isEqualTo(frame.cgroups().get(i).parent());
        }
        assertThat(frame.parent(0)).isEqualTo(-1);
        assertThat(new HashSet<>(frame.stats())).hasSameSizeAs(frame.stats());
    }

    private static SnapshotFixture at(int second) {
        return new SnapshotFixture().at(Instant.ofEpochSecond(second));
    }

    private static Snapshot runqueues(int second, Map<String, long[]> words) {
        return at(second).cgroups("/", "/a", "/a/b").collector(RUNQUEUE, words).build();
    }

    private static double value(Frame frame, String key, String path) {
        int cgroup = -1;
        for (int i = 0; i < frame.cgroups().size(); i++) {
            if (frame.cgroups().get(i).path().equals(path)) {
                cgroup = i;
            }
        }
        return frame.value(frame.stat(key).orElseThrow(), cgroup);
    }
}
