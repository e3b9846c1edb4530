// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.RstatException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the service listens, written as exporters write it: {@code host:port}, {@code [ipv6]:port}, or {@code :port} for all
 * addresses.
 *
 * @param host empty for all addresses
 * @param port 0 for any free one
 */
public record ListenAddress(String host, int port) {
    private static final Pattern FORM =
            Pattern.compile("(?:\\[(?<ipv6>[^\\[\\]]+)\\]|(?<host>[^:\\[\\]]*)):(?<port>\\d{1,5})");
    private static final int HIGHEST_PORT = 65535;

    /**
     * @throws IllegalArgumentException if it is not of that form
     */
    public static ListenAddress parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not HOST:PORT, as in 127.0.0.1:9752".formatted(text));
        }
        int port = Integer.parseInt(matcher.group("port"));
        if (port > HIGHEST_PORT) {
            throw new IllegalArgumentException("'%s': a port is at most %d".formatted(text, HIGHEST_PORT));
        }
        String ipv6 = matcher.group("ipv6");
        return new ListenAddress(ipv6 == null ? matcher.group("host") : ipv6, port);
    }

    /**
     * @throws RstatException if the host has no address
     */
    InetSocketAddress resolve() {
        if (host.isEmpty()) {
            return new InetSocketAddress(port);
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new RstatException(
                    "cannot listen on %s: no address is known for '%s'; give an address of this host to --web.listen-address"
                            .formatted(this, host),
                    e);
        }
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
