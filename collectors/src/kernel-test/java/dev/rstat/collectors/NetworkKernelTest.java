// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Packets and bytes, with their headers, are counted once each way at the cgroup of the socket. */
@Tag("guest")
class NetworkKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("network");

    private static final int UDP_HEADER = 8;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;

    /** Of TCP over IPv4, with the timestamps that every segment has. */
    private static final int TCP_HEADERS = IPV4_HEADER + 20 + 12;

    /** Of {@link LoopbackNetwork}. */
    private static final int MTU = 1500;

    /** What the options of a SYN need more. */
    private static final int SYN_OPTIONS = 8;

    private record Traffic(long sentPackets, long sentBytes, long receivedPackets, long receivedBytes) {
        static Traffic of(Snapshot snapshot, TestCgroup cgroup) {
            FieldTotals totals = new FieldTotals(snapshot, "network", cgroup.path());
            return new Traffic(
                    totals.value("sent_packets"),
                    totals.value("sent_bytes"),
                    totals.value("received_packets"),
                    totals.value("received_bytes"));
        }
    }

    @Test
    void datagramsAreCountedToTheByte() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int datagrams = 500;
        for (StandardProtocolFamily family : List.of(StandardProtocolFamily.INET, StandardProtocolFamily.INET6)) {
            int headers = UDP_HEADER + (family == StandardProtocolFamily.INET ? IPV4_HEADER : IPV6_HEADER);
            try (LoopbackNetwork _ = LoopbackNetwork.with();
                    TestCgroup top = TestCgroup.create()) {
                TestCgroup from = top.child("from");
                TestCgroup to = top.child("to");
                long bytes = 0;
                try (DatagramChannel sender = Sockets.datagrams(from, family);
                        DatagramChannel receiver = Sockets.datagrams(to, family)) {
                    for (int i = 0; i < datagrams; i++) {
                        // Some are fragmented on their way: a packet is what the socket sent.
                        int length = random.nextInt(5000);
                        sender.send(ByteBuffer.allocate(length), receiver.getLocalAddress());
                        ByteBuffer received = ByteBuffer.allocate(5000);
                        receiver.receive(received);
                        assertThat(received.position()).isEqualTo(length);
                        bytes += length + headers;
                    }
                }
                Snapshot snapshot = LOADED.snapshot();
                Traffic sent = Traffic.of(snapshot, from);
                Traffic received = Traffic.of(snapshot, to);
                System.out.printf(
                        "network %s datagrams: ours sent %d received %d bytes, theirs %d, difference %d and %d%n",
                        family,
                        sent.sentBytes,
                        received.receivedBytes,
                        bytes,
                        sent.sentBytes - bytes,
                        received.receivedBytes - bytes);
                assertThat(sent).as("seed %d", seed).isEqualTo(new Traffic(datagrams, bytes, 0, 0));
                assertThat(received).as("seed %d", seed).isEqualTo(new Traffic(0, 0, datagrams, bytes));
                assertThat(Traffic.of(snapshot, top)).isEqualTo(new Traffic(datagrams, bytes, datagrams, bytes));
            }
        }
    }

    private static final int CONNECTIONS = 4;
    private static final int BYTES = 6 << 20;

    /** Of one event of the kernel's. */
    private static final int MAX_SEGMENTS = 45;

    private static long segments() throws IOException {
        return Sockets.snmp("OutSegs") + Sockets.snmp("RetransSegs");
    }

    private static void send(SocketChannel socket) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(64 << 10);
        for (int sent = 0; sent < BYTES; sent += chunk.capacity()) {
            chunk.clear();
            while (chunk.hasRemaining()) {
                socket.write(chunk);
            }
        }
    }

    private static void receive(SocketChannel socket) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(64 << 10);
        for (int received = 0; received < BYTES; received += chunk.position()) {
            chunk.clear();
            assertThat(socket.read(chunk)).isPositive();
        }
    }

    /** Segments, too, that the stack sends in bunches, from tasks and from the softirqs that interrupt them. */
    @Test
    void streamsAreCountedAsTheSegmentsTheyAreSentIn() throws Exception {
        try (LoopbackNetwork _ = LoopbackNetwork.with();
                TestCgroup top = TestCgroup.create();
                ExecutorService executor = Executors.newCachedThreadPool()) {
            TestCgroup client = top.child("client");
            TestCgroup server = top.child("server");
            long before = segments();
            long againBefore = Sockets.snmp("RetransSegs");
            List<SocketChannel> sockets = Sockets.clients(client, CONNECTIONS);
            try (ServerSocketChannel listener = Sockets.listener(server)) {
                for (int i = 0; i < CONNECTIONS; i++) {
                    sockets.get(i).connect(listener.getLocalAddress());
                    sockets.add(listener.accept());
                }
                List<Future<?>> ends = new ArrayList<>();
                for (SocketChannel socket : sockets) {
                    ends.add(executor.submit(() -> {
                        send(socket);
                        return socket;
                    }));
                    ends.add(executor.submit(() -> {
                        receive(socket);
                        return socket;
                    }));
                }
                for (Future<?> end : ends) {
                    end.get();
                }
                // The last acknowledgements may be late.
                AtomicReference<Snapshot> quiet = new AtomicReference<>();
                Await.until("nothing is sent any more", Duration.ofSeconds(30), () -> {
                    long sent = segments();
                    Thread.sleep(300);
                    quiet.set(LOADED.snapshot());
                    return segments() == sent;
                });
                Snapshot snapshot = quiet.get();
                Traffic ours = Traffic.of(snapshot, client);
                Traffic theirs = Traffic.of(snapshot, server);
                Traffic all = Traffic.of(snapshot, top);
                long segments = segments() - before;
                long again = Sockets.snmp("RetransSegs") - againBefore;
                long bytes = 2L * CONNECTIONS * (BYTES + SYN_OPTIONS) + segments * TCP_HEADERS;
                long skipped = LOADED.programs().stream()
                        .filter(program -> program.program().startsWith("sent_4"))
                        .mapToLong(ProgramStats::misses)
                        .sum();
                System.out.printf(
                        "network segments: received ours %d, sent ours %d, theirs %d, differences %d, %d; programs skipped %d times; bytes: ours %d theirs %d difference %.5f %%%n",
                        all.receivedPackets,
                        all.sentPackets,
                        segments,
                        all.receivedPackets - segments,
                        all.sentPackets - segments,
                        skipped,
                        all.receivedBytes,
                        bytes,
                        100.0 * (all.receivedBytes - bytes) / bytes);
                assertThat(all.receivedPackets).isEqualTo(segments);
                // Of three programs in one place the kernel may skip some; only if it skips all is something missed.
                long missed = skipped / 3 * MAX_SEGMENTS;
                assertThat(ours.receivedPackets - theirs.sentPackets).isBetween(0L, missed);
                assertThat(theirs.receivedPackets - ours.sentPackets).isBetween(0L, missed);
                if (all.sentPackets == segments) {
                    assertThat(ours.receivedBytes).isEqualTo(theirs.sentBytes);
                    assertThat(ours.sentBytes).isEqualTo(theirs.receivedBytes);
                }
                // A busy host sends some segments again, and tells the other end of what came twice in longer headers.
                assertThat(all.receivedBytes).isBetween(bytes, bytes + again * MTU + bytes / 100);
            } finally {
                for (SocketChannel socket : sockets) {
                    socket.close();
                }
            }
        }
    }
}
