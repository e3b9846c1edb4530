// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.RstatException;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.prometheus.client.Collector;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Who may connect, ask and be answered, as the options say. */
public final class Access {
    /** Whether {@link BrowserFilter} is there: what the service is compared with has none. */
    public static final String PROPERTY = "rstat.access";

    /** Whether {@link PasswordFilter} is: where there is a web configuration. */
    public static final String PASSWORDS = "rstat.access.passwords";

    private static final Duration REQUEST_TIME = Duration.ofSeconds(10);

    /** Less than a scrape has. */
    private static final Duration PASSWORD_PATIENCE = Duration.ofSeconds(5);

    private final Supplier<WebConfig> config;
    private final AllowedHosts hosts;
    private final Connections connections;
    private final Passwords passwords = new Passwords(PASSWORD_PATIENCE);
    private final List<Collector> metrics = new ArrayList<>();

    /**
     * @param listen where the service listens
     * @param listenName as that was given
     * @throws RstatException if the web configuration cannot be read or understood
     */
    public Access(AccessOptions options, InetAddress listen, String listenName) {
        this(options, listen, listenName, REQUEST_TIME);
    }

    Access(AccessOptions options, InetAddress listen, String listenName, Duration requestTime) {
        if (options.configFile().isPresent()) {
            ReloadedWebConfig reloaded =
                    new ReloadedWebConfig(options.configFile().get(), Ticker.systemTicker(), Clock.systemUTC());
            metrics.addAll(reloaded.metrics());
            config = reloaded;
        } else {
            config = () -> WebConfig.NONE;
        }
        hosts = new AllowedHosts(listen, listenName, options.allowedHosts());
        connections = new Connections(options.maxConnections(), requestTime, config);
        metrics.addAll(connections.metrics());
    }

    /**
     * Whether the file asks for TLS.
     *
     * @throws RstatException if it cannot be read or understood
     */
    public static boolean isTls(Path configFile) {
        return WebConfigReader.read(configFile, new SeenFiles()).tls().isPresent();
    }

    /** Bounds and encrypts connections. */
    public NettyServerCustomizer pipeline() {
        return connections;
    }

    public List<Collector> metrics() {
        return List.copyOf(metrics);
    }

    /** http or https. */
    public String scheme() {
        return config.get().tls().isPresent() ? "https" : "http";
    }

    WebConfig config() {
        return config.get();
    }

    AllowedHosts hosts() {
        return hosts;
    }

    Passwords passwords() {
        return passwords;
    }
}
