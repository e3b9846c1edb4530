// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Label;
import dev.rstat.collectors.Metric;
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
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Holds the encoder to what simpleclient writes for the same numbers. */
class CgroupExpositionTest {
    private final CgroupEncoder encoder = new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.ALL, false);

    @Test
    void isWhatSimpleclientWrites() {
        assertSame(new SnapshotFixture()
                .cgroups("/", "/a", "/a/b", "/c")
                .collector(
                        RUNQUEUE,
                        Map.of(
                                "/", runqueue(12_345_678, 7, 98_765_432_123L, 1, 2, 3, 0, 5),
                                "/a", runqueue(12, 3, 1_000, 0, 1),
                                "/a/b", runqueue(1, 0, 999_999_999, 0, 0, 0, 1)))
                .build());
    }

    @Test
    void cgroupsWithoutEventsAreNotShown() {
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/", "/idle")
                .collector(RUNQUEUE, Map.of("/", runqueue(1, 0, 5, 1)))
                .build();
        assertThat(text(snapshot).lines().filter(line -> line.contains("\"/idle\"")))
                .singleElement()
                .asString()
                .startsWith("cgroup_info{");
        assertSame(snapshot);
    }

    @Test
    void histogramsWithoutObservationsAreNotShown() {
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/")
                .collector(RUNQUEUE, Map.of("/", runqueue(5, 0, 0)))
                .build();
        assertThat(text(snapshot))
                .doesNotContain("_bucket{")
                .doesNotContain("_sum{")
                .contains("cgroup_context_switches_total{cgroup=\"/\",} 5.0\n");
        assertSame(snapshot);
    }

    @Test
    void pathsAndHelpAreEscaped() {
        Metric odd = new Metric(
                "odd", "cgroup_odd_total", Metric.Type.COUNTER, Metric.Unit.BYTES, "Back\\slash\nand \"quotes\".", 0);
        String path = "/quo\"te\\slash\nline, {blank} \u00fc \ud83d\ude00";
        assertSame(new SnapshotFixture()
                .cgroups("/", path, path + "/child")
                .collector(
                        new CollectorSchema("odd", "Odd", List.of(odd), 1),
                        Map.of("/", new long[] {1}, path, new long[] {2}, path + "/child", new long[] {3}))
                .build());
    }

    @Test
    void wordsAreUnsigned() {
        long[] buckets = new long[Metric.BUCKETS];
        buckets[Metric.BUCKETS - 1] = -2;
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/")
                .collector(RUNQUEUE, Map.of("/", runqueue(-1, Long.MIN_VALUE, -1, buckets)))
                .build();
        assertThat(text(snapshot))
                .contains("cgroup_context_switches_total{cgroup=\"/\",} 1.8446744073709552E19\n")
                .contains("cgroup_preemptions_total{cgroup=\"/\",} 9.223372036854776E18\n");
        assertSame(snapshot);
    }

    @Test
    void noCgroupsAndNoCollectorsLeaveTheHeaders() {
        assertSame(new SnapshotFixture().build());
        assertSame(
                new SnapshotFixture().cgroups("/").collector(RUNQUEUE, Map.of()).build());
    }

    @Test
    void everyHistogramUnitHasItsOwnBounds() {
        Metric bytes = new Metric("size", "cgroup_size_bytes", Metric.Type.HISTOGRAM, Metric.Unit.BYTES, "Sizes.", 0);
        long[] words = new long[bytes.type().words()];
        words[0] = 1L << 40;
        words[1] = 3;
        words[32] = 4;
        assertSame(new SnapshotFixture()
                .cgroups("/")
                .collector(new CollectorSchema("sizes", "Sizes", List.of(bytes), words.length), Map.of("/", words))
                .build());
    }

    @Test
    void largeSnapshotsComeInChunksThatFitTogether() {
        Random random = new Random(7);
        Map<String, long[]> words = new HashMap<>();
        List<String> paths = new ArrayList<>(List.of("/"));
        for (int i = 0; i < 4000; i++) {
            paths.add("/service-" + i + ".slice");
            long[] own = random.longs(RUNQUEUE.words()).map(word -> word >>> 20).toArray();
            if (i % 3 != 0) {
                words.put(paths.getLast(), own);
            }
        }
        Snapshot snapshot = new SnapshotFixture()
                .cgroups(paths.toArray(String[]::new))
                .collector(RUNQUEUE, words)
                .build();
        List<byte[]> chunks = Encoded.chunks(encoder, snapshot, Format.TEXT);
        assertThat(chunks).hasSizeGreaterThan(20);
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allSatisfy(chunk -> assertThat(chunk.length)
                        .isBetween(CgroupExposition.CHUNK_BYTES, CgroupExposition.CHUNK_BYTES + (16 << 10)));
        assertSame(snapshot);
    }

    /** The header of a family may be what fills a chunk. */
    @Test
    void aHeaderIsWrittenOnceWhereverChunksEnd() {
        for (int length = 65_300; length < 65_700; length += 7) {
            Snapshot snapshot = new SnapshotFixture()
                    .cgroups("/", "/" + "x".repeat(length))
                    .collector(RUNQUEUE, Map.of("/", runqueue(1, 1, 1, 1)))
                    .build();
            assertSame(snapshot);
        }
    }

    @Test
    void whatIsKnownOfACgroupIsSaidAndNothingElse() {
        String pod = "/kubepods.slice/kubepods-pod414cbe69_8d5a_4d9f_8ad4_6606f7f69e33.slice";
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/", "/kubepods.slice", pod, pod + "/cri-containerd-" + "1a".repeat(32) + ".scope")
                .build();
        assertThat(text(snapshot).lines().filter(line -> line.startsWith("cgroup_info{")))
                .containsExactly(
                        "cgroup_info{cgroup=\"/\",id=\"1\",depth=\"0\",} 1.0",
                        "cgroup_info{cgroup=\"/kubepods.slice\",id=\"2\",parent=\"/\",depth=\"1\",slice=\"kubepods.slice\",} 1.0",
                        ("cgroup_info{cgroup=\"%s\",id=\"3\",parent=\"/kubepods.slice\",depth=\"2\",slice=\"%s\","
                                        + "pod_uid=\"414cbe69-8d5a-4d9f-8ad4-6606f7f69e33\",qos_class=\"Guaranteed\",} 1.0")
                                .formatted(pod, pod.substring(16)),
                        ("cgroup_info{cgroup=\"%s/%s\",id=\"4\",parent=\"%s\",depth=\"3\",unit=\"%s\",slice=\"%s\","
                                        + "runtime=\"containerd\",container_id=\"%s\","
                                        + "pod_uid=\"414cbe69-8d5a-4d9f-8ad4-6606f7f69e33\",qos_class=\"Guaranteed\",} 1.0")
                                .formatted(
                                        pod,
                                        "cri-containerd-" + "1a".repeat(32) + ".scope",
                                        pod,
                                        "cri-containerd-" + "1a".repeat(32) + ".scope",
                                        pod.substring(16),
                                        "1a".repeat(32)));
        assertSame(snapshot);
    }

    @Test
    void namesAreEscapedAsPathsAre() {
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/", "/lxc.payload.quo\"te\\slash\nline")
                .build();
        assertThat(text(snapshot)).contains("container=\"quo\\\"te\\\\slash\\nline\",");
        assertSame(snapshot);
    }

    @Test
    void whatIsKnownIsEncodedOncePerTree() {
        List<Cgroup> tree =
                new SnapshotFixture().cgroups("/", "/a.service").build().cgroups();
        CgroupLabels.Cache cache = new CgroupLabels.Cache(Identities.ofPaths(), LabelSyntax.TEXT);
        CgroupLabels labels = cache.of(tree);
        assertThat(cache.of(tree)).isSameAs(labels);
        assertThat(cache.of(List.copyOf(new ArrayList<>(tree)))).isNotSameAs(labels);
        // Of a cgroup that is in both trees the bytes are the same, wherever it stands.
        CgroupLabels less = cache.of(List.of(tree.get(1)));
        assertThat(less.info(0)).isSameAs(labels.info(1));
        assertThat(less.get(0)).isSameAs(labels.get(1));
    }

    @Test
    void labelsOfOneTreeDoNotLeakIntoAnother() {
        Snapshot first = new SnapshotFixture()
                .cgroups("/", "/a")
                .collector(RUNQUEUE, Map.of("/a", runqueue(1, 0, 0)))
                .build();
        Snapshot second = new SnapshotFixture()
                .cgroups("/", "/b")
                .collector(RUNQUEUE, Map.of("/b", runqueue(1, 0, 0)))
                .build();
        assertSame(first);
        assertSame(second);
        assertSame(first);
    }

    private void assertSame(Snapshot snapshot) {
        assertThat(text(snapshot)).isEqualTo(oracle(snapshot));
    }

    private String text(Snapshot snapshot) {
        return Encoded.text(encoder, snapshot, Format.TEXT);
    }

    private static String oracle(Snapshot snapshot) {
        List<MetricFamilySamples> families = new ArrayList<>();
        families.add(identities(snapshot));
        for (CollectorSnapshot collector : snapshot.collectors()) {
            for (Metric metric : collector.schema().metrics()) {
                families.add(family(snapshot, collector, metric));
            }
        }
        StringWriter text = new StringWriter();
        try {
            TextFormat.write004(text, Collections.enumeration(families));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static MetricFamilySamples identities(Snapshot snapshot) {
        List<Sample> samples = new ArrayList<>();
        for (Cgroup cgroup : snapshot.cgroups()) {
            List<String> names = new ArrayList<>(List.of("cgroup"));
            List<String> values = new ArrayList<>(List.of(cgroup.path()));
            for (Label label : CgroupInfo.labels(cgroup, Identities.ofPaths().of(cgroup))) {
                names.add(label.name());
                values.add(label.value());
            }
            samples.add(new Sample("cgroup_info", names, values, 1));
        }
        // simpleclient adds _info itself.
        return new MetricFamilySamples(
                "cgroup",
                Collector.Type.INFO,
                "1, with the cgroup's place in the tree, its systemd unit, its container and its pod.",
                samples);
    }

    private static MetricFamilySamples family(Snapshot snapshot, CollectorSnapshot collector, Metric metric) {
        List<Sample> samples = new ArrayList<>();
        for (int cgroup = 0; cgroup < snapshot.cgroups().size(); cgroup++) {
            if (!collector.has(cgroup)) {
                continue;
            }
            String path = snapshot.cgroups().get(cgroup).path();
            double first = unsigned(collector.value(cgroup, metric.firstWord()))
                    / metric.unit().perBaseUnit();
            if (metric.type() == Metric.Type.COUNTER) {
                samples.add(new Sample(metric.name(), List.of("cgroup"), List.of(path), first));
                continue;
            }
            List<Sample> buckets = new ArrayList<>();
            long cumulative = 0;
            for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                cumulative += collector.value(cgroup, metric.firstWord() + 1 + bucket);
                buckets.add(new Sample(
                        metric.name() + "_bucket",
                        List.of("cgroup", "le"),
                        List.of(path, Collector.doubleToGoString(metric.upperBound(bucket))),
                        unsigned(cumulative)));
            }
            if (cumulative != 0) {
                samples.addAll(buckets);
                samples.add(
                        new Sample(metric.name() + "_count", List.of("cgroup"), List.of(path), unsigned(cumulative)));
                samples.add(new Sample(metric.name() + "_sum", List.of("cgroup"), List.of(path), first));
            }
        }
        Collector.Type type = metric.type() == Metric.Type.COUNTER ? Collector.Type.COUNTER : Collector.Type.HISTOGRAM;
        return new MetricFamilySamples(metric.name(), type, metric.help(), samples);
    }

    private static double unsigned(long word) {
        return new BigInteger(Long.toUnsignedString(word)).doubleValue();
    }
}
