// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A metric with points for each cgroup: the message {@code Metric} of opentelemetry/proto/metrics/v1/metrics.proto.
 *
 * <p>Names are Prometheus', suffixes included, as the OpenTelemetry specification has it for metrics that come from there
 * (compatibility/prometheus_and_openmetrics): receivers that add suffixes by unit and type see that they are there already, those that
 * take names as they are, too, store what a scrape would. Descriptions are left out: they would be repeated for each cgroup.
 */
abstract class MetricFamily {
    /** Its number in {@code ScopeMetrics}. */
    private static final int METRICS = 2;

    private static final int CUMULATIVE = 2;
    private static final int DELTA = 1;

    /** What the points are, by its number in {@code Metric}. */
    enum Kind {
        GAUGE(5),
        /** Monotonic. */
        SUM(7),
        EXPONENTIAL_HISTOGRAM(10),
        SUMMARY(11);

        private final int field;

        Kind(int field) {
            this.field = field;
        }
    }

    private final byte[] name;
    private final byte[] unit;
    private final Kind kind;

    /**
     * @param unit UCUM's; empty for counts of things
     */
    MetricFamily(String name, String unit, Kind kind) {
        this.name = name.getBytes(UTF_8);
        this.unit = unit.getBytes(UTF_8);
        this.kind = kind;
    }

    /**
     * Writes the metric of a cgroup, if it has points.
     *
     * @param cgroup index in the snapshot
     * @param delta whether sums and histograms are those since a moment
     * @param since what the receiver has, if so; null if it has nothing of the cgroup
     * @return the number of points
     */
    final int write(int cgroup, boolean delta, @Nullable Baseline since, ReverseProtobuf out) {
        int end = out.length();
        if (kind == Kind.SUM) {
            out.integer(3, 1);
        }
        if (kind == Kind.SUM || kind == Kind.EXPONENTIAL_HISTOGRAM) {
            out.integer(2, delta ? DELTA : CUMULATIVE);
        }
        int points = writePoints(cgroup, since, out);
        if (points == 0) {
            out.rewind(end);
            return 0;
        }
        out.message(kind.field, end);
        if (unit.length > 0) {
            out.bytes(3, unit);
        }
        out.bytes(1, name);
        out.message(METRICS, end);
        return points;
    }

    /** Writes the points, each with {@link #finish}. */
    abstract int writePoints(int cgroup, @Nullable Baseline since, ReverseProtobuf out);

    /**
     * Writes a {@code NumberDataPoint}.
     *
     * @param attributes encoded as its field 7
     * @param perBaseUnit 1, and the value is a whole number, or how many of the unit of the value make one that is sent
     * @param start nanoseconds since the epoch; 0 for a gauge
     */
    static void number(
            ReverseProtobuf out, byte[] attributes, long value, double perBaseUnit, long start, long nanoseconds) {
        int end = out.length();
        out.raw(attributes);
        if (perBaseUnit == 1) {
            out.fixed64(6, value);
        }
        out.fixed64(3, nanoseconds);
        if (perBaseUnit != 1) {
            out.number(4, value / perBaseUnit);
        }
        finish(out, end, start);
    }

    /** Ends a point, of whatever kind, with its beginning. */
    static void finish(ReverseProtobuf out, int end, long start) {
        if (start != 0) {
            out.fixed64(2, start);
        }
        out.message(1, end);
    }

    static long nanoseconds(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }
}
