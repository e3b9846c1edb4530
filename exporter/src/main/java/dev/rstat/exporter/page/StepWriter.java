// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Packs a {@link Step}: cgroups as they come, as long as there is room. */
final class StepWriter {
    private static final int MOST_BYTES_OF_A_CGROUP = 1 << 16;

    private final ByteBuffer one = ByteBuffer.allocate(MOST_BYTES_OF_A_CGROUP);
    private final int room;
    private byte[] bytes = new byte[1 << 12];
    private long[] ids = new long[64];
    private int[] offsets = new int[64];
    private int cgroups;
    private int used;

    /**
     * @param room in bytes
     */
    StepWriter(int room) {
        this.room = room;
    }

    /**
     * One that has nothing takes no room.
     *
     * @return false if there was no room for it
     */
    boolean add(long id, double[] values, double[][] observations) {
        one.clear();
        int stats = put(values);
        int histograms = putHistograms(observations);
        if (stats == 0 && histograms == 0) {
            return true;
        }
        one.flip();
        int length = one.limit();
        if (used + length + (cgroups + 1) * (Long.BYTES + Integer.BYTES) > room) {
            return false;
        }
        if (cgroups == ids.length) {
            ids = Arrays.copyOf(ids, 2 * cgroups);
            offsets = Arrays.copyOf(offsets, 2 * cgroups);
        }
        if (used + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(used + length, 2 * bytes.length));
        }
        one.get(bytes, used, length);
        ids[cgroups] = id;
        offsets[cgroups++] = used;
        used += length;
        return true;
    }

    private int put(double[] values) {
        int start = one.position();
        int count = 0;
        one.put((byte) 0);
        for (int column = 0; column < values.length; column++) {
            short value = Step.shorten(values[column]);
            if (value != 0) {
                one.put((byte) column).putShort(value);
                count++;
            }
        }
        one.put(start, (byte) count);
        return count;
    }

    private int putHistograms(double[][] observations) {
        int start = one.position();
        int count = 0;
        one.put((byte) 0);
        for (int histogram = 0; histogram < observations.length; histogram++) {
            int head = one.position();
            int some = 0;
            one.put((byte) histogram).put((byte) 0);
            for (int bucket = 0; bucket < observations[histogram].length; bucket++) {
                short value = Step.shorten(observations[histogram][bucket]);
                if (value != 0) {
                    one.put((byte) bucket).putShort(value);
                    some++;
                }
            }
            if (some == 0) {
                one.position(head);
            } else {
                one.put(head + 1, (byte) some);
                count++;
            }
        }
        one.put(start, (byte) count);
        return count;
    }

    Step step(long endMillis, double seconds) {
        int[] order = IntStream.range(0, cgroups)
                .boxed()
                .sorted(Comparator.comparingLong(index -> ids[index]))
                .mapToInt(Integer::intValue)
                .toArray();
        return new Step(
                endMillis,
                seconds,
                Arrays.stream(order).mapToLong(index -> ids[index]).toArray(),
                Arrays.stream(order).map(index -> offsets[index]).toArray(),
                Arrays.copyOf(bytes, used));
    }
}
