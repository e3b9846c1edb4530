// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.util.concurrent.CancellationException;

final class Pause {
    private Pause() {}

    /**
     * @throws CancellationException if the thread is interrupted
     */
    static void millis(long time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }
}
