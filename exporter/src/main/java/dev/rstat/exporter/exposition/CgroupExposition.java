// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Metric;
import dev.rstat.collectors.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cgroup families of one snapshot in text format 0.0.4, chunk by chunk:
 *
 * <pre>{@code
 * CgroupExposition exposition = encoder.encode(snapshot);
 * for (ByteBuffer chunk; (chunk = exposition.nextChunk()) != null; ) {
 *     channel.write(chunk);
 * }
 * }</pre>
 *
 * <p>Ten thousand cgroups make some 60 MB of text. Going through simpleclient's objects costs half a second and an object or two for
 * each sample; the same bytes copied together from parts made beforehand cost milliseconds and nothing per sample. What comes out is,
 * byte for byte, what simpleclient would write, which a test holds. It exists in chunks only, so a slow reader costs one chunk.
 */
public final class CgroupExposition {
    /** A chunk is complete with the first cgroup that reaches this. */
    static final int CHUNK_BYTES = 64 << 10;

    private static final int BEFORE_FIRST = -1;

    private final List<CgroupFamily> families;
    private final int cgroups;
    private final TextBuffer buffer = new TextBuffer(CHUNK_BYTES + (8 << 10));
    private int family;
    private int cgroup = BEFORE_FIRST;

    private CgroupExposition(List<CgroupFamily> families, int cgroups) {
        this.families = families;
        this.cgroups = cgroups;
    }

    /** The next piece of the text, there until the next is asked for; null after the last. */
    public @Nullable ByteBuffer nextChunk() {
        while (family < families.size() && buffer.length() < CHUNK_BYTES) {
            CgroupFamily current = families.get(family);
            if (cgroup == BEFORE_FIRST) {
                buffer.append(current.header());
                cgroup = 0;
            }
            while (cgroup < cgroups && buffer.length() < CHUNK_BYTES) {
                current.append(cgroup++, buffer);
            }
            if (cgroup == cgroups) {
                cgroup = BEFORE_FIRST;
                family++;
            }
        }
        return buffer.length() == 0 ? null : buffer.take();
    }

    /** Encodes snapshots, and remembers from one to the next what they have in common. Thread-safe. */
    public static final class Encoder {
        private final CgroupLabels.Cache labelCache = new CgroupLabels.Cache();

        public CgroupExposition encode(Snapshot snapshot) {
            CgroupLabels labels = labelCache.of(snapshot.cgroups());
            List<CgroupFamily> families = new ArrayList<>();
            families.add(new CgroupFamily.Identity(snapshot.cgroups(), labels));
            for (CollectorSnapshot collector : snapshot.collectors()) {
                for (List<Metric> metrics : collector.schema().families()) {
                    families.add(CgroupFamily.of(metrics, collector, labels, snapshot.index()));
                }
            }
            if (snapshot.cgroupfs() != null) {
                families.addAll(CgroupfsExposition.families(snapshot.cgroupfs(), labels));
            }
            return new CgroupExposition(families, snapshot.cgroups().size());
        }
    }
}
