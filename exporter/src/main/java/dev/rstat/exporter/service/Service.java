// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.RstatException;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.access.Access;
import dev.rstat.exporter.identity.Identities;
import dev.rstat.exporter.otlp.OtlpPush;
import dev.rstat.exporter.page.About;
import dev.rstat.exporter.page.Live;
import dev.rstat.exporter.snapshot.OldGeneration;
import dev.rstat.exporter.snapshot.Reading;
import dev.rstat.exporter.snapshot.ReadingLog;
import dev.rstat.exporter.snapshot.SharedSnapshot;
import dev.rstat.exporter.snapshot.SnapshotSource;
import io.micronaut.context.ApplicationContext;
import io.micronaut.http.server.netty.NettyEmbeddedServer;
import io.micronaut.runtime.server.EmbeddedServer;
import io.prometheus.client.Collector;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running service: Micronaut's server around a {@link SnapshotSource}. */
public final class Service implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);
    private static final Path BPF_STATS_ENABLED = Path.of("/proc/sys/kernel/bpf_stats_enabled");
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final ServiceOptions options;
    private final ApplicationContext context;
    private final Scraping scraping;
    private final Optional<Live> live;
    private final Access access;
    private final EmbeddedServer server;

    private Service(
            ServiceOptions options,
            ApplicationContext context,
            Scraping scraping,
            Optional<Live> live,
            Access access,
            EmbeddedServer server) {
        this.options = options;
        this.context = context;
        this.scraping = scraping;
        this.live = live;
        this.access = access;
        this.server = server;
    }

    /** What is behind the server. */
    private record Scraping(SnapshotSource source, SharedSnapshot snapshot, Scrape scrape, Identities names) {}

    /**
     * Listens when it returns.
     *
     * @param open opens the source, which the service closes
     * @param expected the collectors shown as failing while there has been no snapshot
     * @param more metrics of the exporter's own
     * @throws RstatException if there is no source, or it cannot listen there
     */
    public static Service start(
            ServiceOptions options, Supplier<SnapshotSource> open, Collection<String> expected, List<Collector> more) {
        return start(options, open, expected, more, Map.of());
    }

    /**
     * @param settings of Micronaut's server, over those of {@link HttpServer}
     */
    static Service start(
            ServiceOptions options,
            Supplier<SnapshotSource> open,
            Collection<String> expected,
            List<Collector> more,
            Map<String, Object> settings) {
        Map<String, Object> properties = new HashMap<>(settings);
        properties.put("rstat.telemetry-path", options.telemetryPath());
        properties.put(Live.PROPERTY, options.history().isPresent());
        properties.put(Access.PROPERTY, true);
        properties.put(Access.PASSWORDS, options.access().configFile().isPresent());
        InetSocketAddress address = options.listen().resolve();
        Access access = new Access(
                options.access(), address.getAddress(), options.listen().host());
        List<Collector> all = new ArrayList<>(more);
        all.addAll(access.metrics());
        // Binding libbpf takes a good part of a second, Micronaut too, and neither needs the other.
        CompletableFuture<Scraping> opening =
                CompletableFuture.supplyAsync(() -> scraping(options, open.get(), expected, all));
        ApplicationContext context = HttpServer.context(address, properties);
        try {
            Scraping scraping = opening.join();
            context.registerSingleton(access);
            context.registerSingleton(scraping.snapshot());
            context.registerSingleton(scraping.scrape());
            Optional<Live> live =
                    options.history().map(length -> new Live(scraping.snapshot()::get, length, Ticker.systemTicker()));
            live.ifPresent(context::registerSingleton);
            context.registerSingleton(new About(BuildVersion.CURRENT, options.telemetryPath(), hostName()));
            try {
                NettyEmbeddedServer server = context.getBean(NettyEmbeddedServer.class);
                server.register(access.pipeline());
                server.start();
                Service service = new Service(options, context, scraping, live, access, server);
                service.logStart();
                live.ifPresent(Live::start);
                return service;
            } catch (RuntimeException e) {
                scraping.source().close();
                throw cannotListen(options.listen(), e);
            }
        } catch (CompletionException e) {
            context.close();
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
    }

    private static Scraping scraping(
            ServiceOptions options, SnapshotSource source, Collection<String> expected, List<Collector> more) {
        OwnMetrics ownMetrics = new OwnMetrics(more);
        OldGeneration oldGeneration = new OldGeneration();
        SharedSnapshot snapshot = new SharedSnapshot(
                source,
                options.maxAge(),
                Ticker.systemTicker(),
                new ReadingLog().andThen(ownMetrics).andThen(_ -> oldGeneration.snapshotTaken()));
        SnapshotFamilies families = new SnapshotFamilies(Clock.systemUTC(), BPF_STATS_ENABLED, expected);
        Identities names = Identities.ofHost();
        return new Scraping(source, snapshot, new Scrape(snapshot, families, ownMetrics, names, options), names);
    }

    /** What a scrape shows, for a push. */
    public OtlpPush.Source source() {
        return new OtlpPush.Source(
                scraping.snapshot()::get, scraping.scrape()::own, options.selection(), scraping.names()::of);
    }

    /** Where the metrics are. */
    public URI metrics() {
        URI plain = server.getURI().resolve(options.telemetryPath());
        return URI.create(access.scheme() + "://" + plain.getRawAuthority() + plain.getRawPath());
    }

    @Override
    public void close() {
        live.ifPresent(Live::close);
        context.close();
        scraping.source().close();
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException _) {
            // No more than a heading.
            return "";
        }
    }

    private void logStart() {
        String collectors = switch (scraping.snapshot().get()) {
            case Reading.Failed _ -> "no collector can be read";
            case Reading.Taken taken -> summary(taken.snapshot());
        };
        LOG.info("rstat-exporter {}: {}; serving {}", BuildVersion.CURRENT, collectors, metrics());
    }

    private static String summary(Snapshot snapshot) {
        return "%d collectors, flush mode %s, result store %s%s"
                .formatted(
                        snapshot.collectors().size(),
                        distinct(snapshot, collector -> collector.mode().label()),
                        distinct(snapshot, collector -> collector.store().label()),
                        snapshot.failures().isEmpty()
                                ? ""
                                : "; off: "
                                        + String.join(
                                                ", ",
                                                new TreeSet<>(
                                                        snapshot.failures().keySet())));
    }

    private static String distinct(Snapshot snapshot, Function<CollectorSnapshot, String> property) {
        return snapshot.collectors().stream().map(property).distinct().collect(Collectors.joining(" and "));
    }

    private static RuntimeException cannotListen(ListenAddress address, RuntimeException failure) {
        SocketException cause = socketException(failure);
        if (cause == null) {
            return failure;
        }
        String reason = String.valueOf(cause.getMessage());
        String cure;
        if (cause instanceof BindException && reason.contains("in use")) {
            cure = "stop what listens there (ss -ltnp 'sport = :%d' names it) or choose another --web.listen-address"
                    .formatted(address.port());
        } else if (reason.contains("ermission")) {
            cure = "choose a port of 1024 or above with --web.listen-address";
        } else {
            cure = "give an address of this host to --web.listen-address";
        }
        return new RstatException("cannot listen on %s: %s; %s".formatted(address, reason, cure), failure);
    }

    private static @Nullable SocketException socketException(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketException socket) {
                return socket;
            }
        }
        return null;
    }
}
