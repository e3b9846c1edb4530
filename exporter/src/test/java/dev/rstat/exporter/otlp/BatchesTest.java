// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.EveryKind;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.exposition.CgroupEncoder;
import dev.rstat.exporter.exposition.CgroupExposition;
import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.exposition.Format;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.identity.Identities;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.sdk.resources.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
    @Test
    void theReferenceModelReadsWhatIsInTheSnapshot() throws Exception {
        Snapshot snapshot = new SnapshotFixture()
                .cgroups("/", "/a")
                .collector(
                        SnapshotFixture.RUNQUEUE, Map.of("/a", SnapshotFixture.runqueue(7, 2, 1_500_000_000L, 3, 0, 5)))
                .build();
        Batches batches = new Batches(
                snapshot,
                new int[] {0, 1},
                _ -> CgroupIdentity.NONE,
                Batches.Content.of(new ResourceAttributes(Resource.empty()), "1"),
                new Batches.Own(List.of(), 0),
                false,
                new HashMap<>());
        ReverseProtobuf out = new ReverseProtobuf(16);
        assertThat(batches.next(out)).isTrue();
        ExportMetricsServiceRequest request = ExportMetricsServiceRequest.parseFrom(out.toByteArray());
        assertThat(request.getResourceMetricsList()).hasSize(1);
        List<Metric> metrics = request.getResourceMetrics(0).getScopeMetrics(0).getMetricsList();
        ExponentialHistogramDataPoint wait = metrics.stream()
                .filter(Metric::hasExponentialHistogram)
                .findFirst()
                .orElseThrow()
                .getExponentialHistogram()
                .getDataPoints(0);
        assertThat(wait.getCount()).isEqualTo(8);
        assertThat(wait.getZeroCount()).isEqualTo(3);
        assertThat(wait.getZeroThreshold()).isEqualTo(0x1p-24);
        assertThat(wait.getPositive().getOffset()).isEqualTo(-23);
        assertThat(wait.getPositive().getBucketCountsList()).containsExactly(5L);
        assertThat(wait.getSum()).isEqualTo(1.5);
        assertThat(batches.points()).isEqualTo(3);
        assertThat(batches.next(out)).isFalse();
    }

    /** Everything, resources included, beside no more than the lines of the histograms in text. */
    @Test
    void allBucketsTakeFewerBytesThanTenClassicOnes() {
        Snapshot snapshot = EveryKind.snapshot(500, 7);
        int[] all = IntStream.range(0, snapshot.cgroups().size()).toArray();
        Batches batches = new Batches(
                snapshot,
                all,
                _ -> CgroupIdentity.NONE,
                Batches.Content.of(new ResourceAttributes(Resource.empty()), "1"),
                new Batches.Own(List.of(), 0),
                false,
                new HashMap<>());
        ReverseProtobuf out = new ReverseProtobuf(16);
        long otlp = 0;
        while (batches.next(out)) {
            otlp += out.length();
        }
        CgroupExposition text = new CgroupEncoder(Identities.ofPaths(), ClassicBuckets.DEFAULT, false)
                .encode(snapshot, Format.TEXT, all, _ -> true);
        StringBuilder lines = new StringBuilder();
        boolean more;
        do {
            more = text.nextChunk(chunk -> lines.append(UTF_8.decode(chunk)));
        } while (more);
        long classic = lines.toString()
                .lines()
                .filter(line -> line.startsWith("cgroup_operation_seconds_"))
                .mapToLong(line -> line.length() + 1)
                .sum();
        assertThat(otlp).isPositive().isLessThan(classic);
    }
}
