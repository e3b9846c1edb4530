// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import io.micronaut.context.ApplicationContext;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/** How Micronaut's server is set up, for the service and for what it is compared with. */
public final class HttpServer {
    private HttpServer() {}

    /**
     * Told everything rather than left to look around the host and the class path for it, which takes time.
     *
     * @param more properties, what beans and settings there are by
     * @return started, and closed by the caller; the server in it is not
     */
    public static ApplicationContext context(InetSocketAddress address, Map<String, Object> more) {
        return ApplicationContext.builder()
                .deduceEnvironment(false)
                .deduceCloudEnvironment(false)
                .bootstrapEnvironment(false)
                .enableDefaultPropertySources(false)
                .environmentPropertySource(false)
                .banner(false)
                .properties(properties(address, more))
                .start();
    }

    private static Map<String, Object> properties(InetSocketAddress address, Map<String, Object> more) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("micronaut.application.name", "rstat-exporter");
        properties.put("micronaut.server.host", address.getAddress().getHostAddress());
        properties.put("micronaut.server.port", address.getPort() == 0 ? -1 : address.getPort());
        // Scrapers are few, and send no bodies.
        properties.put("micronaut.netty.event-loops.default.num-threads", 2);
        properties.put("micronaut.netty.event-loops.parent.num-threads", 1);
        properties.put("micronaut.server.idle-timeout", "2m");
        properties.put("micronaut.server.max-request-size", "64KB");
        properties.put("micronaut.server.netty.max-initial-line-length", 4096);
        properties.put("micronaut.server.netty.max-header-size", 8192);
        properties.putAll(more);
        return properties;
    }
}
