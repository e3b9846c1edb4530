// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.identity.CgroupIdentity;
import dev.rstat.exporter.selection.CgroupSelection;
import dev.rstat.exporter.snapshot.Reading;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Pushes a snapshot each interval, the first at once. There is one thread and so one push at a time, of one request at a time: a receiver
 * that is slow or down costs what is due meanwhile, and no memory. With cumulative temporality nothing is lost by that, for the next
 * snapshot has it all; with delta, what a receiver has not accepted is in the next difference.
 */
public final class OtlpPush implements AutoCloseable {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(OtlpPush.class);

    /** The senders complain of each answer they cannot read. Here each is counted, and said once. Kept, or its level would be lost. */
    private static final Logger SENDERS = Logger.getLogger("io.opentelemetry.exporter.sender");

    private final OtlpConfiguration configuration;
    private final Source source;
    private final Batches.Content content;
    private final OtlpMetrics metrics;
    private final ReverseProtobuf request = new ReverseProtobuf(64 << 10);
    private final Map<Long, Baseline> baselines = new HashMap<>();
    private final long started = MetricFamily.nanoseconds(Instant.now());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private @Nullable String failing;
    private @Nullable String rejecting;

    /**
     * Where what is pushed comes from.
     *
     * @param reading shared with scrapes
     * @param own the exporter's own families, with a reading
     */
    public record Source(
            Supplier<Reading> reading,
            Function<Reading, List<MetricFamilySamples>> own,
            CgroupSelection selection,
            Function<Cgroup, CgroupIdentity> identities) {}

    private OtlpPush(OtlpConfiguration configuration, String version, Source source, OtlpMetrics metrics) {
        this.configuration = configuration;
        this.source = source;
        this.metrics = metrics;
        this.content = Batches.Content.of(new ResourceAttributes(configuration.resource()), version);
        this.thread = Thread.ofPlatform().name("otlp").daemon().unstarted(this::run);
    }

    /** Counts what becomes of points, for {@link #start}. */
    public static Collector metrics() {
        return new OtlpMetrics();
    }

    /**
     * @param metrics made by {@link #metrics()}
     */
    public static OtlpPush start(OtlpConfiguration configuration, String version, Source source, Collector metrics) {
        SENDERS.setLevel(Level.OFF);
        OtlpPush push = new OtlpPush(configuration, version, source, (OtlpMetrics) metrics);
        LOG.info(
                "pushing OTLP to {}: {}, every {} s, {} temporality",
                configuration.endpoint(),
                configuration.protocol(),
                configuration.interval().toMillis() / 1e3,
                configuration.delta() ? "delta" : "cumulative");
        push.thread.start();
        return push;
    }

    /** Stops at once: what was not pushed stays in the kernel's totals. */
    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
        configuration.sender().close();
    }

    private void run() {
        long interval = configuration.interval().toNanos();
        long due = System.nanoTime();
        try {
            do {
                push();
                long late = (System.nanoTime() - due) / interval;
                metrics.skipped(late);
                due += (late + 1) * interval;
            } while (!closed.await(due - System.nanoTime(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException _) {
            LOG.debug("the push was interrupted");
        }
    }

    private void push() throws InterruptedException {
        try {
            switch (source.reading().get()) {
                // The log has it already.
                case Reading.Failed _ -> metrics.skipped(1);
                case Reading.Taken taken -> push(taken);
            }
        } catch (RuntimeException e) {
            LOG.debug("push failed", e);
            failed(e.toString());
        }
    }

    private void push(Reading.Taken taken) throws InterruptedException {
        long start = System.nanoTime();
        Snapshot snapshot = taken.snapshot();
        Batches batches = new Batches(
                snapshot,
                source.selection().select(snapshot.cgroups()).indices(),
                source.identities(),
                content,
                new Batches.Own(source.own().apply(taken), started),
                configuration.delta(),
                baselines);
        String failure = null;
        boolean goesOn = true;
        while (batches.next(request)) {
            if (!goesOn) {
                metrics.dropped(batches.points());
                continue;
            }
            Answer answer = configuration.sender().send(request);
            metrics.sent(batches.points(), request.length(), answer);
            switch (answer) {
                case Answer.Accepted accepted -> {
                    batches.accepted();
                    rejected(accepted);
                }
                case Answer.Failed(String reason, boolean ofThisRequest) -> {
                    failure = reason;
                    goesOn = ofThisRequest;
                }
            }
        }
        batches.end();
        metrics.pushed((System.nanoTime() - start) / Collector.NANOSECONDS_PER_SECOND);
        if (failure == null) {
            succeeded();
        } else {
            failed(failure);
        }
    }

    private void succeeded() {
        metrics.succeeded(System.currentTimeMillis() / Collector.MILLISECONDS_PER_SECOND);
        if (failing != null) {
            LOG.info("OTLP arrives at {} again", configuration.endpoint());
            failing = null;
        }
    }

    /** Once for each reason in a row. */
    private void failed(String reason) {
        if (!reason.equals(failing)) {
            LOG.error(
                    "OTLP does not arrive at {}: {}; rstat_otlp_* counts what becomes of it",
                    configuration.endpoint(),
                    reason);
            failing = reason;
        }
    }

    private void rejected(Answer.Accepted accepted) {
        String message = accepted.rejected() == 0 ? null : accepted.message();
        if (message != null && !message.equals(rejecting)) {
            LOG.warn("{} rejects points: {}", configuration.endpoint(), message);
        }
        rejecting = message;
    }
}
