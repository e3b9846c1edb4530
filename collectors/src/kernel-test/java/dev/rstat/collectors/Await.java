// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.time.Duration;

/** Waits for what the kernel does in its own time, such as freeing a cgroup. */
public final class Await {
    /** Something that comes true. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    private Await() {}

    /**
     * @throws AssertionError if it does not come true in time
     */
    public static void until(String what, Duration limit, Condition condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not within %s: %s".formatted(limit, what));
                }
                Thread.sleep(2);
            }
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new AssertionError(what, failure);
        }
    }
}
