// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * By which names the service may be asked for. Who listens on loopback relies on that only this host gets there; but a browser here that
 * is on an attacker's page gets there too, once the page's own name is made to mean 127.0.0.1 (DNS rebinding). What it asks then has that
 * name in Host, so names of others are refused. An address is no name, and {@code localhost} cannot be made to mean anything else.
 */
final class AllowedHosts {
    private final boolean checked;
    private final Set<String> names;

    /**
     * @param listen where the service listens
     * @param listenName as that was given
     * @param more names; if there are any, all others are refused wherever it listens
     */
    AllowedHosts(InetAddress listen, String listenName, Collection<String> more) {
        this.checked = listen.isLoopbackAddress() || !more.isEmpty();
        this.names = Stream.concat(Stream.of(listenName, "localhost"), more.stream())
                .map(AllowedHosts::normal)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * @param host as the request has it; null if it has none, which browsers never do
     * @return why it is refused
     */
    Optional<String> refusal(@Nullable String host) {
        if (!checked || host == null || isAllowed(withoutPort(host.strip()))) {
            return Optional.empty();
        }
        return Optional.of(
                "403 Forbidden: Host is not a name of this service, as when a web page tries to read it (DNS rebinding); ask for an address or localhost, or serve with --web.allowed-hosts=NAME\n");
    }

    private boolean isAllowed(String host) {
        String name = normal(host);
        return names.contains(name) || name.endsWith(".localhost") || isAddress(name);
    }

    private static boolean isAddress(String name) {
        String bare = name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
        try {
            InetAddress.ofLiteral(bare);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static String normal(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
    }
}
