// SPDX-License-Identifier: Apache-2.0
package dev.rstat.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Runs a target on one input, which may take so much of time and memory and no more. */
final class BoundedRun {
    /** Of this thread: a machine that is busy with other things is not the input's fault. */
    private static final long MOST_NANOSECONDS = 2_000_000_000L;

    private static final long MOST_BYTES = 64 << 20;

    private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final FuzzTarget target;
    private String taken = "";

    BoundedRun(FuzzTarget target) {
        this.target = target;
    }

    void of(byte[] input) {
        if (!isBounded(input)) {
            // What loads classes, and has Jazzer change them, does so once.
            FuzzTarget.require(isBounded(input), "%d bytes of input took %s".formatted(input.length, taken));
        }
    }

    private boolean isBounded(byte[] input) {
        long bytes = thread.getCurrentThreadAllocatedBytes();
        long time = thread.getCurrentThreadCpuTime();
        target.run(input);
        long took = thread.getCurrentThreadCpuTime() - time;
        long allocated = thread.getCurrentThreadAllocatedBytes() - bytes;
        if (took <= MOST_NANOSECONDS && allocated <= MOST_BYTES) {
            return true;
        }
        taken = "%d ms of CPU and %d bytes of memory".formatted(took / 1_000_000, allocated);
        return false;
    }
}
