// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.RstatException;
import dev.rstat.collectors.ProgramStats;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedSnapshotTest {
    private final AtomicLong nanoseconds = new AtomicLong();
    private final CountingSource source = new CountingSource();
    private final List<Reading> readings = new ArrayList<>();
    private final SharedSnapshot shared =
            new SharedSnapshot(source, Duration.ofMillis(250), nanoseconds::get, readings::add);

    @Test
    void oneReadingIsSharedWhileItIsFresh() {
        Reading first = shared.get();
        nanoseconds.addAndGet(TimeUnit.MILLISECONDS.toNanos(249));
        assertThat(shared.get()).isSameAs(first);
        assertThat(source.snapshots).hasValue(1);
        assertThat(readings).containsExactly(first);
    }

    @Test
    void anOldReadingIsReplaced() {
        Reading first = shared.get();
        nanoseconds.addAndGet(TimeUnit.MILLISECONDS.toNanos(250));
        Reading second = shared.get();
        assertThat(second).isNotSameAs(first);
        assertThat(source.snapshots).hasValue(2);
        assertThat(readings).containsExactly(first, second);
    }

    @Test
    void fiftyScrapesAtOnceCostOneSnapshot() throws Exception {
        int scrapes = 50;
        source.ready = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(scrapes)) {
            CountDownLatch asking = new CountDownLatch(scrapes);
            List<Future<Reading>> answers = new ArrayList<>();
            for (int i = 0; i < scrapes; i++) {
                answers.add(threads.submit(() -> {
                    asking.countDown();
                    return shared.get();
                }));
            }
            asking.await();
            source.ready.countDown();
            Reading first = answers.getFirst().get();
            for (Future<Reading> answer : answers) {
                assertThat(answer.get()).isSameAs(first);
            }
        }
        assertThat(source.snapshots).hasValue(1);
    }

    @Test
    void failuresAreSharedTooAndEnd() {
        source.failure = "nothing is loaded; load it";
        assertThat(shared.get()).isEqualTo(new Reading.Failed("nothing is loaded; load it"));
        shared.get();
        assertThat(source.snapshots).hasValue(1);

        source.failure = "";
        nanoseconds.addAndGet(TimeUnit.MILLISECONDS.toNanos(250));
        assertThat(shared.get()).isInstanceOf(Reading.Taken.class);
    }

    @Test
    void anUnexpectedFaultIsAFailedReadingOfOneLine() {
        SnapshotSource faulty = new CountingSource() {
            @Override
            public Snapshot snapshot() {
                throw new IllegalStateException("first line\nsecond line");
            }
        };
        SharedSnapshot sharedFault = new SharedSnapshot(faulty, Duration.ofSeconds(1), nanoseconds::get, readings::add);
        assertThat(sharedFault.get()).isEqualTo(new Reading.Failed("java.lang.IllegalStateException: first line"));
    }

    @Test
    void ageZeroSharesNothing() {
        SharedSnapshot unshared = new SharedSnapshot(source, Duration.ZERO, nanoseconds::get, readings::add);
        unshared.get();
        unshared.get();
        assertThat(source.snapshots).hasValue(2);
    }

    private static class CountingSource implements SnapshotSource {
        final AtomicInteger snapshots = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(0);
        String failure = "";

        @Override
        public Snapshot snapshot() {
            snapshots.incrementAndGet();
            try {
                ready.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (!failure.isEmpty()) {
                throw new RstatException(failure);
            }
            return new SnapshotFixture().cgroups("/").build();
        }

        @Override
        public List<ProgramStats> programs() {
            return List.of();
        }

        @Override
        public void close() {}
    }
}
