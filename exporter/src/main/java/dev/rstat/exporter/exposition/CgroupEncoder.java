// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.identity.Identities;
import java.util.function.Predicate;

/** Encodes snapshots, and remembers from one to the next what they have in common. Thread-safe. */
public final class CgroupEncoder {
    private final ClassicBuckets classicBuckets;
    private final boolean created;
    private final CgroupLabels.Cache textLabels;
    private final CgroupLabels.Cache protobufLabels;

    /**
     * @param names what cgroups stand for
     * @param classicBuckets those to show where histograms are not native ones
     * @param created whether OpenMetrics says of each sample when its counts began; protobuf always does
     */
    public CgroupEncoder(Identities names, ClassicBuckets classicBuckets, boolean created) {
        this.classicBuckets = classicBuckets;
        this.created = created;
        this.textLabels = new CgroupLabels.Cache(names, LabelSyntax.TEXT);
        this.protobufLabels = new CgroupLabels.Cache(names, LabelSyntax.PROTOBUF);
    }

    /**
     * @param cgroups indices in the snapshot of those to show, ascending
     * @param collectors tells by its name whether to show a collector
     */
    public CgroupExposition encode(Snapshot snapshot, Format format, int[] cgroups, Predicate<String> collectors) {
        return switch (format) {
            case TEXT, OPENMETRICS ->
                exposition(
                        snapshot,
                        cgroups,
                        collectors,
                        new TextPoints(format, textLabels.of(snapshot.cgroups()), classicBuckets, created));
            case PROTOBUF ->
                exposition(snapshot, cgroups, collectors, new ProtobufPoints(protobufLabels.of(snapshot.cgroups())));
        };
    }

    private static CgroupExposition exposition(
            Snapshot snapshot, int[] cgroups, Predicate<String> collectors, FamilyWriter<?> writer) {
        return new CgroupExposition(CgroupExposition.families(snapshot, collectors, writer), writer, cgroups);
    }
}
