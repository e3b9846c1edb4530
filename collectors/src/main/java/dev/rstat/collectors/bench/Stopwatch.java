// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

final class Stopwatch {
    private Stopwatch() {}

    static double microseconds(Runnable action) {
        long start = System.nanoTime();
        action.run();
        return (System.nanoTime() - start) / 1e3;
    }
}
