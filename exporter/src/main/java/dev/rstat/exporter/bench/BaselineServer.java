// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.service.HttpServer;
import dev.rstat.exporter.snapshot.PinnedSource;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code rstat bench scrape} compares the service with, in a process of its own: the same server, which answers with bytes it has
 * already, or with what simpleclient writes of a snapshot that was taken once.
 */
public final class BaselineServer {
    static final String BYTES = "bytes";
    static final String SIMPLECLIENT = "simpleclient";

    private BaselineServer() {}

    /** The arguments that make it listen at a port and answer {@link BaselineController} with the files of a folder. */
    static List<String> bytes(int port, Path folder) {
        return List.of(BaselineServer.class.getName(), Integer.toString(port), BYTES, folder.toString());
    }

    /** Those that make it answer with what simpleclient writes of what is loaded. */
    static List<String> simpleclient(int port, Path pinRoot) {
        return List.of(BaselineServer.class.getName(), Integer.toString(port), SIMPLECLIENT, pinRoot.toString());
    }

    public static void main(String[] arguments) {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        Path path = Path.of(arguments[2]);
        Baseline baseline = arguments[1].equals(BYTES) ? new StoredBytes(path) : new SimpleclientText(snapshot(path));
        ApplicationContext context = HttpServer.context(
                address, Map.of("rstat.telemetry-path", "/metrics", BaselineController.PROPERTY, true));
        context.registerSingleton(Baseline.class, baseline);
        context.getBean(EmbeddedServer.class).start();
    }

    private static Snapshot snapshot(Path pinRoot) {
        try (PinnedSource source = PinnedSource.open(pinRoot, Optional.empty())) {
            return source.snapshot();
        }
    }
}
