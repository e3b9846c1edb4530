// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class MetricTest {
    @Test
    void boundsAreExactPowersOfTwoOfTheBaseUnit() {
        Metric latency = new Metric("f", "m", Metric.Type.HISTOGRAM, Metric.Unit.NANOSECONDS, "", 0);
        assertThat(latency.upperBound(24)).isEqualTo(1.0);
        assertThat(latency.upperBound(0)).isEqualTo(0x1p-24);
        assertThat(latency.upperBound(30)).isEqualTo(64.0);
        assertThat(latency.upperBound(31)).isInfinite();
        Metric bytes = new Metric("f", "m", Metric.Type.HISTOGRAM, Metric.Unit.BYTES, "", 0);
        assertThat(bytes.upperBound(10)).isEqualTo(1024.0);
    }

    @Test
    void theFloorOfABoundIsTheLargestIntegerThatFallsBelowIt() {
        Metric latency = new Metric("f", "m", Metric.Type.HISTOGRAM, Metric.Unit.NANOSECONDS, "", 0);
        for (int bucket = 0; bucket < Metric.BUCKETS - 1; bucket++) {
            BigDecimal exact = new BigDecimal(latency.upperBound(bucket)).multiply(BigDecimal.valueOf(1_000_000_000));
            assertThat(latency.upperBoundFloor(bucket))
                    .isEqualTo(exact.setScale(0, RoundingMode.FLOOR).longValueExact());
        }
    }
}
