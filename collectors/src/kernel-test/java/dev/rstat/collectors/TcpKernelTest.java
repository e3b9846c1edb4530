// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events of TCP are counted once each, at the cgroup of the socket, whoever runs when they happen. */
class TcpKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("tcp");

    private static FieldTotals totals(TestCgroup cgroup) {
        return new FieldTotals(LOADED.snapshot(), "tcp", cgroup.path());
    }

    /** No value of a cgroup but these; times are not looked at. */
    private static void assertCounts(
            TestCgroup cgroup, long connects, long failed, long accepts, long sent, long received) {
        FieldTotals totals = totals(cgroup);
        System.out.printf(
                "tcp %s: connects %d, failed %d, accepts %d, resets sent %d, received %d: ours; %d, %d, %d, %d, %d: done%n",
                cgroup.path(),
                totals.value("connects"),
                totals.value("failed_connects"),
                totals.value("accepts"),
                totals.value("resets_sent"),
                totals.value("resets_received"),
                connects,
                failed,
                accepts,
                sent,
                received);
        assertThat(totals.value("connects")).isEqualTo(connects);
        assertThat(totals.value("failed_connects")).isEqualTo(failed);
        assertThat(totals.value("accepts")).isEqualTo(accepts);
        assertThat(totals.value("resets_sent")).isEqualTo(sent);
        assertThat(totals.value("resets_received")).isEqualTo(received);
    }

    @Test
    @Tag("kernel")
    void connectionsAndResetsAreCountedWhereTheirSocketsBelong() throws IOException {
        int connections = 60;
        int reset = 20;
        int refused = 10;
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup client = top.child("client");
            TestCgroup server = top.child("server");
            SocketAddress closed;
            try (ServerSocketChannel listener = Sockets.listener(server)) {
                closed = listener.getLocalAddress();
                List<SocketChannel> clients = Sockets.clients(client, connections);
                for (int i = 0; i < connections; i++) {
                    SocketChannel socket = clients.get(i);
                    socket.connect(closed);
                    SocketChannel accepted = listener.accept();
                    // Closing at once, without waiting for what is under way, is a reset.
                    if (i < reset) {
                        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
                    }
                    socket.close();
                    if (i >= reset) {
                        assertThat(accepted.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                    }
                    long resets = Math.min(i + 1, reset);
                    Await.until(
                            "the reset arrives",
                            Duration.ofSeconds(10),
                            () -> totals(server).value("resets_received") == resets);
                    accepted.close();
                }
            }
            for (SocketChannel socket : Sockets.clients(client, refused)) {
                assertThatThrownBy(() -> socket.connect(closed)).isInstanceOf(ConnectException.class);
                socket.close();
            }

            assertCounts(client, connections, refused, 0, reset, refused);
            assertCounts(server, 0, 0, connections, 0, reset);
            assertCounts(top, connections, refused, connections, reset, reset + refused);
            for (TestCgroup end : List.of(client, server)) {
                // Once at its end, and those that live when a period begins once more.
                assertThat(totals(end).count("rtt")).isBetween((long) connections, 2L * connections);
                assertThat(totals(end).value("rtt")).isPositive();
            }
        }
    }

    @Test
    @Tag("kernel")
    void whatASocketDoesAfterTheEndOfItsCgroupIsCountedAtTheParent() throws IOException {
        try (TestCgroup top = TestCgroup.create();
                ServerSocketChannel listener = Sockets.listener(top)) {
            TestCgroup gone = top.child("gone");
            try (SocketChannel socket = Sockets.clients(gone, 1).getFirst()) {
                gone.remove();
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
                socket.connect(listener.getLocalAddress());
                listener.accept().close();
            }
            FieldTotals totals = totals(top);
            assertThat(totals.value("connects")).isEqualTo(1);
            assertThat(totals.value("accepts")).isEqualTo(1);
            assertThat(totals.value("resets_sent")).isEqualTo(1);
        }
    }

    /** What every connection does in the tests below: 256 KiB there and back. */
    private static final int BYTES = 256 << 10;

    /** Of one event of the kernel's. */
    private static final int MAX_SEGMENTS = 45;

    private static void send(SocketChannel socket) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        while (bytes.hasRemaining()) {
            socket.write(bytes);
        }
    }

    private static void receive(SocketChannel socket) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        while (bytes.hasRemaining()) {
            assertThat(socket.read(bytes)).isPositive();
        }
    }

    private static <T> List<Future<T>> submit(ExecutorService executor, int times, Callable<T> task) {
        List<Future<T>> futures = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            futures.add(executor.submit(task));
        }
        return futures;
    }

    @Test
    @Tag("guest")
    void retransmittedSegmentsAreThoseOfTheKernel() throws Exception {
        int connections = 40;
        try (TestCgroup top = TestCgroup.create()) {
            TestCgroup client = top.child("client");
            TestCgroup server = top.child("server");
            long before = Sockets.snmp("RetransSegs");
            try (LoopbackNetwork _ = LoopbackNetwork.with("loss", "5%");
                    ServerSocketChannel listener = Sockets.listener(server);
                    ExecutorService executor = Executors.newCachedThreadPool()) {
                InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
                List<Future<Object>> ends = new ArrayList<>(submit(executor, connections, () -> {
                    try (SocketChannel socket = listener.accept()) {
                        receive(socket);
                        send(socket);
                    }
                    return address;
                }));
                for (SocketChannel socket : Sockets.clients(client, connections)) {
                    ends.add(executor.submit(() -> {
                        try (socket) {
                            socket.connect(address);
                            send(socket);
                            receive(socket);
                        }
                        return address;
                    }));
                }
                for (Future<Object> end : ends) {
                    end.get();
                }
            }
            Await.until("all connections end", Duration.ofSeconds(60), Sockets::allEnded);
            long theirs = Sockets.snmp("RetransSegs") - before;
            long ours = totals(top).value("retransmits");
            long skipped = LOADED.programs().stream()
                    .filter(program -> program.program().startsWith("retransmitted"))
                    .mapToLong(ProgramStats::misses)
                    .sum();
            System.out.printf(
                    "tcp retransmits: ours %d theirs %d difference %d; programs skipped %d times%n",
                    ours, theirs, ours - theirs, skipped);
            // Of three in one place the kernel may skip some; only if it skips all is something missed.
            assertThat(theirs - ours).isBetween(0L, skipped / 3 * MAX_SEGMENTS);
            assertThat(ours).isPositive();
            assertThat(totals(client).value("retransmits")).isPositive();
            assertThat(totals(server).value("retransmits")).isPositive();
        }
    }

    @Test
    @Tag("guest")
    void roundTripTimesAreThoseOfTheNetwork() throws IOException {
        Duration delay = Duration.ofMillis(20);
        try (TestCgroup cgroup = TestCgroup.create();
                LoopbackNetwork _ = LoopbackNetwork.with("delay", delay.toMillis() + "ms");
                ServerSocketChannel listener = Sockets.listener(cgroup);
                SocketChannel client = Sockets.clients(cgroup, 1).getFirst()) {
            client.connect(listener.getLocalAddress());
            long start = System.nanoTime();
            try (SocketChannel accepted = listener.accept()) {
                // A connection that is kept is seen again and again, and not with each segment.
                Await.until("six observations", Duration.ofSeconds(30), () -> {
                    client.write(ByteBuffer.allocate(1));
                    accepted.read(ByteBuffer.allocate(1));
                    accepted.write(ByteBuffer.allocate(1));
                    client.read(ByteBuffer.allocate(1));
                    return totals(cgroup).count("rtt") >= 6;
                });
            }
            FieldTotals totals = totals(cgroup);
            long milliseconds = Duration.ofNanos(System.nanoTime() - start).toMillis();
            double mean = totals.value("rtt") / 1e6 / totals.count("rtt");
            System.out.printf(
                    "tcp round trip: ours %.1f ms, theirs %d ms and the work of both ends; %d observations in %d ms%n",
                    mean, 2 * delay.toMillis(), totals.count("rtt"), milliseconds);
            assertThat(mean).isBetween(2.0 * delay.toMillis(), 3.0 * delay.toMillis());
            // A jiffy is no shorter than a millisecond; two ends, the first period and the end.
            assertThat(totals.count("rtt")).isLessThanOrEqualTo(2 * (milliseconds / 256 + 2));
        }
    }
}
