// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

/** Says how far something is, once it has taken a while. */
public final class Meter {
    private static final long INTERVAL = 2_000_000_000L;

    private final Progress progress;
    private final String what;
    private final int of;
    private long due = System.nanoTime() + INTERVAL;

    public Meter(Progress progress, String what, int of) {
        this.progress = progress;
        this.what = what;
        this.of = of;
    }

    public void at(int done) {
        progress.check();
        if (System.nanoTime() > due) {
            due += INTERVAL;
            progress.say("%s: %d of %d".formatted(what, done, of));
        }
    }
}
