// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.identity.Identities;
import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The cgroup families as a simpleclient collector, for programs with a registry of their own:
 *
 * <pre>{@code
 * SnapshotSource source = PinnedSource.open(Path.of("/run/rstat"), new CgroupfsCollector());
 * new CgroupCollector(source::snapshot, Identities.ofHost(), ClassicBuckets.DEFAULT).register(registry);
 * }</pre>
 *
 * <p>It makes an object or two for each sample, as the library asks for. The service writes its answers without.
 */
public final class CgroupCollector extends Collector {
    private final Supplier<Snapshot> snapshots;
    private final Identities names;
    private final ClassicBuckets classicBuckets;

    /**
     * @param snapshots asked once for each collection
     * @param names what cgroups stand for
     * @param classicBuckets those to show
     */
    public CgroupCollector(Supplier<Snapshot> snapshots, Identities names, ClassicBuckets classicBuckets) {
        this.snapshots = snapshots;
        this.names = names;
        this.classicBuckets = classicBuckets;
    }

    /**
     * @throws dev.rstat.RstatException if there is no snapshot
     */
    @Override
    public List<MetricFamilySamples> collect() {
        Snapshot snapshot = snapshots.get();
        SamplePoints points = new SamplePoints(snapshot.cgroups(), names, classicBuckets);
        return CgroupExposition.families(snapshot, _ -> true, points).stream()
                .map(family -> points.collect(
                        family, IntStream.range(0, snapshot.cgroups().size())))
                .toList();
    }
}
