// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Metric;
import dev.rstat.collectors.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The cgroup families of one snapshot, chunk by chunk:
 *
 * <pre>{@code
 * CgroupExposition exposition = encoder.encode(snapshot, Format.TEXT, cgroups, collectors);
 * while (exposition.nextChunk(chunk -> send(chunk))) {}
 * }</pre>
 *
 * <p>Ten thousand cgroups make 25 MB of text. Going through simpleclient's objects costs a second and an object or two for each sample; the
 * same bytes copied together from parts made beforehand cost a thirtieth, and no object. What comes out is, byte for byte, what
 * simpleclient would write, which a test holds. It exists in chunks only, and between two of them it holds no buffer, so a slow reader
 * costs what its connection holds.
 */
public final class CgroupExposition {
    /** A chunk is complete with the first cgroup that reaches this: each wakes its reader up, and small ones do little else. */
    public static final int CHUNK_BYTES = 120 << 10;

    static final int BUFFER_BYTES = CHUNK_BYTES + (8 << 10);

    private static final int BEFORE_FIRST = -1;

    /** Arrays nobody encodes into just now: as many as threads that do so at once, or so. */
    private static final Queue<byte[]> ARRAYS = new ArrayBlockingQueue<>(4);

    private final List<CgroupFamily> families;
    private final FamilyWriter<?> writer;
    private final int[] cgroups;
    private int family;
    private int next = BEFORE_FIRST;

    CgroupExposition(List<CgroupFamily> families, FamilyWriter<?> writer, int[] cgroups) {
        this.families = families;
        this.writer = writer;
        this.cgroups = cgroups;
    }

    /** The families of a snapshot, to be told to {@code points}. */
    static <T> List<CgroupFamily> families(Snapshot snapshot, Predicate<String> collectors, Points<T> points) {
        List<CgroupFamily> families = new ArrayList<>();
        families.add(new CgroupInfo(points));
        for (CollectorSnapshot collector : snapshot.collectors()) {
            if (collectors.test(collector.schema().name())) {
                for (List<Metric> metrics : collector.schema().families()) {
                    families.add(BpfFamily.of(metrics, collector, snapshot.index(), points));
                }
            }
        }
        if (snapshot.cgroupfs() != null && collectors.test(CgroupfsCollector.NAME)) {
            families.addAll(CgroupfsFamilies.of(snapshot.cgroupfs(), points));
        }
        return families;
    }

    /**
     * Encodes the next piece.
     *
     * @param taker is given it, and has no right to it afterwards
     * @return false after the last, when there was nothing to take
     */
    public boolean nextChunk(Consumer<ByteBuffer> taker) {
        ChunkBuffer buffer = writer.buffer();
        byte[] idle = ARRAYS.poll();
        buffer.use(idle == null ? new byte[BUFFER_BYTES] : idle);
        fill(buffer);
        boolean some = buffer.length() != 0;
        if (some) {
            taker.accept(buffer.contents());
        }
        byte[] array = buffer.letGo();
        if (array.length == BUFFER_BYTES) {
            ARRAYS.offer(array);
        }
        return some;
    }

    private void fill(ChunkBuffer buffer) {
        while (family < families.size() && buffer.length() < CHUNK_BYTES) {
            CgroupFamily current = families.get(family);
            if (next == BEFORE_FIRST) {
                writer.begin(current, cgroups);
                next = 0;
            }
            while (next < cgroups.length && buffer.length() < CHUNK_BYTES) {
                int cgroup = cgroups[next++];
                writer.cgroup(cgroup);
                current.tell(cgroup);
            }
            if (next == cgroups.length) {
                next = BEFORE_FIRST;
                family++;
            }
        }
    }
}
