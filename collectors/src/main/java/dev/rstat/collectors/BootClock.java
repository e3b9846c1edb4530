// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Native;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * When the machine booted by the time of day, which turns the kernel's time since boot (CLOCK_BOOTTIME, {@code bpf_ktime_get_boot_ns}) into
 * it. NTP makes both clocks slower or faster at once, and both go on while the machine sleeps: their difference changes only when
 * somebody sets the time of day, or a second is inserted. Then what has been is told by the new time, so that it stays as long ago as it
 * was. Not for two threads at once.
 */
final class BootClock {
    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_BOOTTIME = 7;

    /** The one whose two looks at one clock are nearest to each other counts: between those of another this thread may have slept. */
    private static final int ATTEMPTS = 5;

    /** What is measured is off by less than a microsecond. Whole milliseconds are the same each time, after a restart as well. */
    private static final long UNIT = TimeUnit.MILLISECONDS.toNanos(1);

    private final ByteBuffer time = BpfMap.buffer(2 * Long.BYTES);
    private long boot = Long.MIN_VALUE;

    /**
     * @return nanoseconds since the epoch, a multiple of a million; the same until the clock is set by more than that
     */
    long bootNanos() {
        long measured = 0;
        long width = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = read(CLOCK_BOOTTIME);
            long now = read(CLOCK_REALTIME);
            long after = read(CLOCK_BOOTTIME);
            if (after - before < width) {
                width = after - before;
                measured = now - before - width / 2;
            }
        }
        if (boot == Long.MIN_VALUE || Math.abs(measured - boot) > UNIT + width) {
            boot = Math.floorDiv(measured + UNIT / 2, UNIT) * UNIT;
        }
        return boot;
    }

    private long read(int clock) {
        if (Native.c().clock_gettime(clock, time) < 0) {
            throw new RstatException("cannot read clock %d: %s".formatted(clock, Native.describe(Native.errno())));
        }
        return TimeUnit.SECONDS.toNanos(time.getLong(0)) + time.getLong(Long.BYTES);
    }
}
