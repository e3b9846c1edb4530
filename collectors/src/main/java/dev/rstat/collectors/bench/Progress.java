// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

/** Between a benchmark and who waits for it. */
public interface Progress {
    /** What is being done now, or how far it is. */
    void say(String line);

    /**
     * Asked often.
     *
     * @throws java.util.concurrent.CancellationException if the benchmark is to end: it takes away what it made
     */
    void check();
}
