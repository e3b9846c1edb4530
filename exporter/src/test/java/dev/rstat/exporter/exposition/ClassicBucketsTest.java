// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rstat.collectors.Metric;
import dev.rstat.collectors.SnapshotFixture;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassicBucketsTest {
    @Test
    void byDefaultTenInStepsOfFour() {
        assertThat(bounds(ClassicBuckets.DEFAULT))
                .hasSize(10)
                .startsWith(Math.pow(2, -16), Math.pow(2, -14))
                .endsWith(0.25, 1.0, Double.POSITIVE_INFINITY);
    }

    @Test
    void eachIsTheNearestThatThereIs() {
        assertThat(bounds(new ClassicBuckets(List.of(1.0, 0.001, 0.1, 0.0001, 0.12, 1e-12, 1e9))))
                .containsExactly(
                        Math.pow(2, -24),
                        Math.pow(2, -13),
                        Math.pow(2, -10),
                        0.125,
                        1.0,
                        64.0,
                        Double.POSITIVE_INFINITY);
    }

    @Test
    void allMeansAll() {
        assertThat(bounds(ClassicBuckets.ALL)).hasSize(Metric.BUCKETS);
    }

    @Test
    void histogramsOfOtherThingsKeepTheirs() {
        Metric sizes = new Metric("size", "cgroup_size_bytes", Metric.Type.HISTOGRAM, Metric.Unit.BYTES, "Sizes.", 0);
        assertThat(ClassicBuckets.DEFAULT.of(sizes)).hasSize(Metric.BUCKETS);
    }

    @Test
    void whatIsNoBoundIsRefused() {
        for (double bound : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new ClassicBuckets(List.of(bound)))
                    .withMessageContaining("above 0");
        }
    }

    private static double[] bounds(ClassicBuckets buckets) {
        return Arrays.stream(buckets.of(SnapshotFixture.WAIT))
                .mapToDouble(SnapshotFixture.WAIT::upperBound)
                .toArray();
    }
}
