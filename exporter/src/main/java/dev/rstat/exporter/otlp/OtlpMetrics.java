// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import io.prometheus.client.Collector;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Summary;
import java.util.ArrayList;
import java.util.List;

/** What became of what was to be pushed. */
final class OtlpMetrics extends Collector {
    private final Counter points = Counter.build(
                    "rstat_otlp_points_total",
                    "Points by what became of them: accepted; rejected by the receiver, which took the rest of the request;"
                            + " failed with their request; dropped unsent after a request that failed.")
            .labelNames("outcome")
            .create();
    private final Counter requests = Counter.build("rstat_otlp_requests_total", "Requests, each with all its retries.")
            .labelNames("outcome")
            .create();
    private final Counter bytes = Counter.build(
                    "rstat_otlp_request_bytes_total", "Size of the requests, before they are compressed.")
            .create();
    private final Counter skipped = Counter.build(
                    "rstat_otlp_snapshots_dropped_total",
                    "Snapshots that were due and not taken, for the push before was still under way, or not pushed, for there was none.")
            .create();
    private final Summary duration = Summary.build(
                    "rstat_otlp_push_duration_seconds", "Time to encode and send one snapshot.")
            .create();
    private final Gauge lastSuccess = Gauge.build(
                    "rstat_otlp_last_success_timestamp_seconds",
                    "When a snapshot last was pushed without a failure, in seconds since the epoch; 0 if never.")
            .create();

    OtlpMetrics() {
        for (String outcome : List.of("accepted", "rejected", "failed", "dropped")) {
            points.labels(outcome);
        }
        requests.labels("accepted");
        requests.labels("failed");
    }

    void sent(int ofPoints, int ofBytes, Answer answer) {
        bytes.inc(ofBytes);
        switch (answer) {
            case Answer.Accepted(long rejected, String _) -> {
                requests.labels("accepted").inc();
                long counted = Math.clamp(rejected, 0, ofPoints);
                points.labels("rejected").inc((double) counted);
                points.labels("accepted").inc((double) (ofPoints - counted));
            }
            case Answer.Failed _ -> {
                requests.labels("failed").inc();
                points.labels("failed").inc(ofPoints);
            }
        }
    }

    void dropped(int ofPoints) {
        points.labels("dropped").inc(ofPoints);
    }

    void skipped(long snapshots) {
        skipped.inc((double) snapshots);
    }

    void pushed(double seconds) {
        duration.observe(seconds);
    }

    void succeeded(double time) {
        lastSuccess.set(time);
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples> families = new ArrayList<>();
        for (Collector metric : List.of(points, requests, bytes, skipped, duration, lastSuccess)) {
            families.addAll(metric.collect());
        }
        return families;
    }
}
