// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sockets of loopback that belong to a cgroup: the one this JVM is in when it makes them, wherever it uses them later. */
final class Sockets {
    private interface Maker<T> {
        T make() throws IOException;
    }

    private Sockets() {}

    private static <T> T in(TestCgroup cgroup, Maker<T> maker) {
        try (Inside _ = Inside.of(cgroup)) {
            return maker.make();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static InetSocketAddress address(StandardProtocolFamily family) throws IOException {
        return new InetSocketAddress(
                InetAddress.getByName(family == StandardProtocolFamily.INET6 ? "::1" : "127.0.0.1"), 0);
    }

    static ServerSocketChannel listener(TestCgroup cgroup) {
        return in(
                cgroup,
                () -> ServerSocketChannel.open(StandardProtocolFamily.INET)
                        .bind(address(StandardProtocolFamily.INET), 128));
    }

    /** Not yet connected. */
    static List<SocketChannel> clients(TestCgroup cgroup, int count) {
        return in(cgroup, () -> {
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                clients.add(SocketChannel.open(StandardProtocolFamily.INET));
            }
            return clients;
        });
    }

    static DatagramChannel datagrams(TestCgroup cgroup, StandardProtocolFamily family) {
        return in(cgroup, () -> DatagramChannel.open(family).bind(address(family)));
    }

    /** The kernel's own count of TCP, of the whole network namespace: /proc/net/snmp. */
    static long snmp(String name) {
        List<List<String>> lines = lines("snmp").stream()
                .filter(line -> line.startsWith("Tcp: "))
                .map(line -> Arrays.asList(line.split(" ", -1)))
                .toList();
        return Long.parseLong(lines.get(1).get(lines.getFirst().indexOf(name)));
    }

    /** Whether every TCP connection of the network namespace has ended at both ends. TIME_WAIT (06) is after the end. */
    static boolean allEnded() {
        return lines("tcp").stream()
                .skip(1)
                .allMatch(line -> line.strip().split(" +", -1)[3].equals("06"));
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of("/proc/net", file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
