// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.RstatException;
import io.prometheus.client.Collector;
import io.prometheus.client.Gauge;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the web configuration file says now: when it, a certificate or a key has changed it is read again, for the next connection and the
 * next request. Looked at when somebody asks, once a second at most. A file that is broken, or that would take a door out of its frame,
 * changes nothing.
 */
final class ReloadedWebConfig implements Supplier<WebConfig> {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadedWebConfig.class);
    private static final long PAUSE = Duration.ofSeconds(1).toNanos();

    private final Path file;
    private final Ticker ticker;
    private final Clock clock;
    private final ReentrantLock reading = new ReentrantLock();
    private final Gauge success = Gauge.build(
                    "rstat_web_config_reload_success",
                    "1 if the web configuration in force is what its files say, 0 if they are broken and an older one is in force.")
            .create();
    private final Gauge time = Gauge.build(
                    "rstat_web_config_reload_timestamp_seconds",
                    "When the web configuration in force was read, in seconds since 1970.")
            .create();
    private volatile WebConfig current;
    private volatile long looked;
    private SeenFiles seen;

    /**
     * @throws RstatException if it cannot be read or understood
     */
    ReloadedWebConfig(Path file, Ticker ticker, Clock clock) {
        this.file = file;
        this.ticker = ticker;
        this.clock = clock;
        this.seen = new SeenFiles();
        this.current = WebConfigReader.read(file, seen);
        this.looked = ticker.read();
        succeeded();
    }

    List<Collector> metrics() {
        return List.of(success, time);
    }

    @Override
    public WebConfig get() {
        if (ticker.read() - looked >= PAUSE && reading.tryLock()) {
            try {
                looked = ticker.read();
                if (seen.haveChanged()) {
                    reload();
                }
            } finally {
                reading.unlock();
            }
        }
        return current;
    }

    private void reload() {
        seen = new SeenFiles();
        try {
            WebConfig read = WebConfigReader.read(file, seen);
            missing(read).ifPresent(what -> {
                throw new RstatException("%s: %s; if that is meant, restart the service".formatted(file, what));
            });
            current = read;
            succeeded();
            LOG.info("{} has changed and is in force", file);
        } catch (RstatException e) {
            // Once for each change: the next look compares with what was found now.
            success.set(0);
            LOG.error("the web configuration of before stays in force: {}", e.getMessage());
        }
    }

    /** A file that is being written is empty for a moment, and must not let everybody in. */
    private Optional<String> missing(WebConfig read) {
        if (current.tls().isPresent() != read.tls().isPresent()) {
            return Optional.of("tls_server_config has %s".formatted(read.tls().isPresent() ? "been added" : "gone"));
        }
        return read.users().isEmpty() && !current.users().isEmpty()
                ? Optional.of("all of basic_auth_users have gone")
                : Optional.empty();
    }

    private void succeeded() {
        success.set(1);
        time.set(clock.millis() / Collector.MILLISECONDS_PER_SECOND);
    }
}
