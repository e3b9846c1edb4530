// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Does the same for each of many, on several CPUs at once and as the service's user. What a file costs is the kernel's time, nearly all
 * of it, and cgroups come and go by the thousand.
 */
final class ServiceThreads implements AutoCloseable {
    /** A burst is to take little time, not the whole host. */
    private static final int MOST = 4;

    /** Fewer are done before another thread has begun. */
    private static final int WORTH_ANOTHER = 32;

    private final PinRoot root;
    private final int others = Math.min(MOST, Runtime.getRuntime().availableProcessors()) - 1;
    private final ExecutorService executor;

    /**
     * @param name of its threads
     */
    ServiceThreads(PinRoot root, String name) {
        this.root = root;
        this.executor = Executors.newCachedThreadPool(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    /**
     * Returns when all are done, in any order; this thread does its share.
     *
     * @param action for several threads at once
     * @throws RuntimeException what the action threw; some are not done then
     */
    <T> void forEach(List<T> all, Consumer<T> action) {
        AtomicInteger next = new AtomicInteger();
        Runnable share = () -> {
            for (int i = next.getAndIncrement(); i < all.size(); i = next.getAndIncrement()) {
                action.accept(all.get(i));
            }
        };
        List<Future<?>> sharing = new ArrayList<>();
        for (int i = 0; i < others && all.size() >= WORTH_ANOTHER; i++) {
            sharing.add(executor.submit(() -> {
                try (ActingAs _ = ActingAs.serviceOf(root)) {
                    share.run();
                }
            }));
        }
        try {
            share.run();
        } finally {
            next.set(all.size());
            sharing.forEach(ServiceThreads::join);
        }
    }

    /** Not given up when interrupted: what the others do would go on. */
    private static void join(Future<?> share) {
        boolean interrupted = false;
        while (true) {
            try {
                share.get();
                return;
            } catch (InterruptedException closing) {
                interrupted = true;
            } catch (ExecutionException failure) {
                if (failure.getCause() instanceof RuntimeException known) {
                    throw known;
                }
                throw new IllegalStateException(failure.getCause());
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
