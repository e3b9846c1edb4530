// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.identity.CgroupIdentity;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A snapshot as requests of a bounded size, {@code ExportMetricsServiceRequest} of opentelemetry/proto/collector/metrics/v1: whole cgroups,
 * a resource each. Only one request exists at a time, and of that only its bytes.
 *
 * <pre>{@code
 * while (batches.next(request)) {
 *     send(request);            // batches.points() of them
 *     batches.accepted();
 * }
 * }</pre>
 */
final class Batches {
    /**
     * A request is complete with the first cgroup that reaches this: half of what collectors take over gRPC by default, 4 MiB, a tenth of
     * what they take over HTTP.
     */
    static final int REQUEST_BYTES = 2 << 20;

    private final Snapshot snapshot;
    private final int[] selected;
    private final Function<Cgroup, CgroupIdentity> identities;
    private final Content content;
    private final Own own;
    private final boolean delta;
    private final Map<Long, Baseline> baselines;
    private final List<MetricFamily> families = new ArrayList<>();
    private int next;
    private boolean ownWritten;
    private int first;
    private int points;

    /** What does not change from push to push; the scope is encoded as a field of {@code ScopeMetrics}. */
    static final class Content {
        private final ResourceAttributes resources;
        private final byte[] scope;

        private Content(ResourceAttributes resources, byte[] scope) {
            this.resources = resources;
            this.scope = scope;
        }

        static Content of(ResourceAttributes resources, String version) {
            ReverseProtobuf scope = new ReverseProtobuf(64);
            scope.string(2, version);
            scope.string(1, "dev.rstat.exporter");
            scope.message(1, 0);
            return new Content(resources, scope.toByteArray());
        }
    }

    /**
     * The exporter's own metrics.
     *
     * @param start when it began, nanoseconds since the epoch
     */
    record Own(List<MetricFamilySamples> families, long start) {}

    /**
     * @param selected indices of the cgroups to send
     * @param delta whether only what {@code baselines} lack is sent
     * @param baselines by cgroup id, what the receiver has; kept up to date by {@link #accepted}
     */
    Batches(
            Snapshot snapshot,
            int[] selected,
            Function<Cgroup, CgroupIdentity> identities,
            Content content,
            Own own,
            boolean delta,
            Map<Long, Baseline> baselines) {
        this.snapshot = snapshot;
        this.selected = selected;
        this.identities = identities;
        this.content = content;
        this.own = own;
        this.delta = delta;
        this.baselines = baselines;
        families.addAll(BpfMetrics.of(snapshot));
        if (snapshot.cgroupfs() != null) {
            families.addAll(CgroupfsMetrics.of(snapshot.cgroupfs(), snapshot));
        }
    }

    /** Makes the next request; false if there is nothing more to send. */
    boolean next(ReverseProtobuf request) {
        request.clear();
        points = 0;
        first = next;
        while (next < selected.length && request.length() < REQUEST_BYTES) {
            points += writeCgroup(selected[next++], request);
        }
        if (next == selected.length && !ownWritten && request.length() < REQUEST_BYTES) {
            points += writeOwn(request);
            ownWritten = true;
        }
        return points > 0;
    }

    /** In the last request. */
    int points() {
        return points;
    }

    /** The receiver has the last request. */
    void accepted() {
        if (delta) {
            for (int i = first; i < next; i++) {
                baselines.put(snapshot.cgroups().get(selected[i]).id(), new Baseline(snapshot, selected[i]));
            }
        }
    }

    /** Forgets what was of cgroups that are gone. */
    void end() {
        if (delta) {
            Map<Long, Baseline> kept = new HashMap<>();
            for (Cgroup cgroup : snapshot.cgroups()) {
                Baseline baseline = baselines.get(cgroup.id());
                if (baseline != null) {
                    kept.put(cgroup.id(), baseline);
                }
            }
            baselines.clear();
            baselines.putAll(kept);
        }
    }

    private int writeCgroup(int index, ReverseProtobuf out) {
        Cgroup cgroup = snapshot.cgroups().get(index);
        Baseline since = delta ? baselines.get(cgroup.id()) : null;
        int end = out.length();
        int written = 0;
        for (MetricFamily family : families) {
            written += family.write(index, delta, since, out);
        }
        if (written == 0) {
            return 0;
        }
        out.raw(content.scope);
        out.message(2, end);
        int resource = out.length();
        content.resources.write(out, cgroup, identities.apply(cgroup));
        out.message(1, resource);
        out.message(1, end);
        return written;
    }

    private int writeOwn(ReverseProtobuf out) {
        int end = out.length();
        int written = SampleMetrics.write(own.families(), own.start(), MetricFamily.nanoseconds(snapshot.time()), out);
        if (written == 0) {
            return 0;
        }
        out.raw(content.scope);
        out.message(2, end);
        int resource = out.length();
        content.resources.write(out);
        out.message(1, resource);
        out.message(1, end);
        return written;
    }
}
