// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Snapshot;
import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The cgroup families as a simpleclient collector, for programs with a registry of their own:
 *
 * <pre>{@code
 * SnapshotSource source = PinnedSource.open(Path.of("/run/rstat"), new CgroupfsCollector());
 * new CgroupCollector(source::snapshot, ClassicBuckets.DEFAULT).register(registry);
 * }</pre>
 *
 * <p>It makes an object or two for each sample, as the library asks for. The service writes its answers without.
 */
public final class CgroupCollector extends Collector {
    private final Supplier<Snapshot> snapshots;
    private final ClassicBuckets classicBuckets;

    /**
     * @param snapshots asked once for each collection
     * @param classicBuckets those to show
     */
    public CgroupCollector(Supplier<Snapshot> snapshots, ClassicBuckets classicBuckets) {
        this.snapshots = snapshots;
        this.classicBuckets = classicBuckets;
    }

    /**
     * @throws dev.rstat.RstatException if there is no snapshot
     */
    @Override
    public List<MetricFamilySamples> collect() {
        Snapshot snapshot = snapshots.get();
        SamplePoints points = new SamplePoints(snapshot.cgroups(), classicBuckets);
        return CgroupExposition.families(snapshot, _ -> true, points).stream()
                .map(family -> points.collect(
                        family, IntStream.range(0, snapshot.cgroups().size())))
                .toList();
    }
}
