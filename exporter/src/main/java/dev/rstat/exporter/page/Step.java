// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What some cgroups did in one stretch of time, packed. A cgroup has a few bytes for each stat that is not 0 and each bucket that has
 * something; one that did nothing has none, so an idle one costs nothing.
 *
 * <pre>
 * cgroup = count, count * { column, value of 16 bits }, count, count * { histogram, count, count * { bucket, observations of 16 bits } }
 * </pre>
 *
 * <p>Numbers of 16 bits are the upper half of a float: one part in 256 is more than a drawing shows.
 */
final class Step {
    private final long endMillis;
    private final double seconds;
    private final long[] ids;
    private final int[] offsets;
    private final byte[] bytes;

    /**
     * @param endMillis since the epoch
     * @param ids of cgroups, sorted
     * @param offsets where in the bytes each begins
     */
    Step(long endMillis, double seconds, long[] ids, int[] offsets, byte[] bytes) {
        this.endMillis = endMillis;
        this.seconds = seconds;
        this.ids = ids;
        this.offsets = offsets;
        this.bytes = bytes;
    }

    long endMillis() {
        return endMillis;
    }

    double seconds() {
        return seconds;
    }

    int cgroups() {
        return ids.length;
    }

    long id(int index) {
        return ids[index];
    }

    /** What it takes in memory, in bytes. */
    int size() {
        return bytes.length + ids.length * (Long.BYTES + Integer.BYTES) + OBJECTS;
    }

    private static final int OBJECTS = 96;

    /** The mean of a stat, in its unit; 0 if there is none. */
    double value(long id, int column) {
        ByteBuffer at = at(id);
        if (at != null) {
            for (int left = unsigned(at.get()); left > 0; left--) {
                boolean found = unsigned(at.get()) == column;
                short value = at.getShort();
                if (found) {
                    return expand(value);
                }
            }
        }
        return 0;
    }

    /** Adds what fell in each bucket. */
    void addObservations(long id, int histogram, double[] buckets) {
        ByteBuffer at = at(id);
        if (at == null) {
            return;
        }
        at.position(at.position() + 3 * unsigned(at.get()) + 1);
        for (int left = unsigned(at.get()); left > 0; left--) {
            boolean found = unsigned(at.get()) == histogram;
            for (int some = unsigned(at.get()); some > 0; some--) {
                int bucket = at.get();
                double observations = expand(at.getShort());
                if (found) {
                    buckets[bucket] += observations;
                }
            }
        }
    }

    /** Adds the stats, each times a factor, and what fell in each bucket of each histogram. */
    void addTo(int index, double factor, double[] values, double[][] observations) {
        ByteBuffer at = ByteBuffer.wrap(bytes).position(offsets[index]);
        for (int left = unsigned(at.get()); left > 0; left--) {
            values[unsigned(at.get())] += factor * expand(at.getShort());
        }
        for (int left = unsigned(at.get()); left > 0; left--) {
            double[] buckets = observations[unsigned(at.get())];
            for (int some = unsigned(at.get()); some > 0; some--) {
                buckets[at.get()] += expand(at.getShort());
            }
        }
    }

    private @Nullable ByteBuffer at(long id) {
        int index = Arrays.binarySearch(ids, id);
        return index < 0 ? null : ByteBuffer.wrap(bytes).position(offsets[index]);
    }

    private static int unsigned(byte value) {
        return Byte.toUnsignedInt(value);
    }

    /** Rounded to nearest; what is not a number is 0. */
    static short shorten(double value) {
        return Double.isNaN(value) ? 0 : (short) ((Float.floatToIntBits((float) value) + 0x8000) >>> 16);
    }

    static double expand(short value) {
        return Float.intBitsToFloat(value << 16);
    }
}
