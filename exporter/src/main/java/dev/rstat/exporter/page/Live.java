// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.snapshot.Reading;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes readings, at leisure while nobody looks and more often while somebody does, makes frames of them, and keeps a {@link History}.
 *
 * <p>It may take a small share of a CPU: where a reading takes long, readings are rarer. While nobody looks no frame is kept, which holds
 * two snapshots: who comes then waits for the next one.
 */
public final class Live implements AutoCloseable {
    /** Of the context: whether there is the page. */
    public static final String PROPERTY = "rstat.page";

    private static final Logger LOG = LoggerFactory.getLogger(Live.class);

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Bounds what is remembered. With a frame's two snapshots it is what the page costs while nobody looks. */
    static final long HISTORY_BYTES = 8L << 20;

    private static final Duration ALONE = Duration.ofSeconds(5);
    private static final Duration WATCHED = Duration.ofSeconds(2);

    /** Rates over less than this would be noise. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** How long somebody who asked once counts as looking. */
    private static final Duration ATTENTION = Duration.ofSeconds(20);

    /** A frame is made of two. */
    private static final int FIRST_READINGS = 2;

    private static final int COST_ALONE = 100;
    private static final int COST_WATCHED = 10;

    private final Supplier<Reading> readings;
    private final History history;
    private final Ticker ticker;
    private final Viewers viewers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition attention = lock.newCondition();
    private final Thread thread = new Thread(this::run, "page");

    private @Nullable Snapshot last;
    private long lastNanos;
    private long costNanos;
    private long askedNanos;
    private boolean asked;
    private long number;
    /** Begins anywhere: a page that is left open over a restart must not take another tree for the one it has. */
    private long tree = ThreadLocalRandom.current().nextLong(1L << 50);

    /** Null while nobody looks. */
    private @Nullable Present present;

    private boolean closed;

    /**
     * @param readings shared with scrapes
     * @param length of the history
     */
    public Live(Supplier<Reading> readings, Duration length, Ticker ticker) {
        this.readings = readings;
        this.history = new History(length, HISTORY_BYTES);
        this.ticker = ticker;
        this.viewers = new Viewers();
    }

    public void start() {
        thread.setDaemon(true);
        thread.start();
    }

    History history() {
        return history;
    }

    Viewers viewers() {
        return viewers;
    }

    /** What there is to show; takes up to a second when nobody has looked before. */
    Present look() {
        lock.lock();
        try {
            asked = true;
            askedNanos = ticker.read();
            for (int i = 0; i < FIRST_READINGS && present == null; i++) {
                // The thread may be in the middle of a long pause.
                attention.signalAll();
                awaitShortest();
                if (present == null) {
                    sample();
                }
            }
            return present == null ? new Present.Missing("the service has just begun to look") : present;
        } finally {
            lock.unlock();
        }
    }

    private void awaitShortest() {
        try {
            long left = lastNanos + SHORTEST.toNanos() - ticker.read();
            while (last != null && left > 0 && !closed) {
                left = attention.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        lock.lock();
        try {
            while (!closed) {
                sample();
                long next = ticker.read() + pauseNanos();
                while (!closed && next > ticker.read()) {
                    attention.awaitNanos(next - ticker.read());
                    next = Math.min(next, lastNanos + pauseNanos());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Until the next reading. */
    long pauseNanos() {
        if (last != null && number == 0) {
            return SHORTEST.toNanos();
        }
        return isWatched()
                ? Math.max(WATCHED.toNanos(), COST_WATCHED * costNanos)
                : Math.max(ALONE.toNanos(), COST_ALONE * costNanos);
    }

    private boolean isWatched() {
        return viewers.count() > 0 || (asked && ticker.read() - askedNanos < ATTENTION.toNanos());
    }

    /** One reading, and what follows of it. */
    void sample() {
        long start = THREADS.getCurrentThreadCpuTime();
        try {
            switch (readings.get()) {
                case Reading.Failed(String reason) -> present = new Present.Missing(reason);
                case Reading.Taken taken -> taken(taken.snapshot());
            }
        } catch (RuntimeException e) {
            // A fault of ours: the next reading may do better, and scrapes go on.
            LOG.error("the page has no frame", e);
            present = new Present.Missing(String.valueOf(e));
        }
        lastNanos = ticker.read();
        costNanos = THREADS.getCurrentThreadCpuTime() - start;
        viewers.tell(number);
    }

    private void taken(Snapshot now) {
        Snapshot before = last;
        if (before != null && before.time().equals(now.time())) {
            return;
        }
        last = now;
        present = null;
        if (before == null || now.time().isBefore(before.time())) {
            tree++;
            return;
        }
        if (!same(before.cgroups(), now.cgroups())) {
            tree++;
        }
        Frame frame = Frame.between(before, now);
        number++;
        history.add(frame);
        present = isWatched() ? new Present.Shown(number, tree, frame, now.collectors()) : null;
    }

    private static boolean same(List<Cgroup> some, List<Cgroup> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (some.get(i).id() != others.get(i).id()
                    || !some.get(i).path().equals(others.get(i).path())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            attention.signalAll();
        } finally {
            lock.unlock();
        }
        viewers.close();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
