// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.AttributeKey;
import io.prometheus.client.Collector;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Bounds how many connections there are, and how long one may take over a request, its TLS handshake included.
 *
 * <p>Where there are as many as there may be, a new one takes the place of one that waits for its client: of those without a complete
 * request the oldest, then the one that has been idle for longest between requests, then the one whose client has not taken what is sent
 * for longest. One that is being answered stays. If all are, new ones wait.
 */
final class Connections implements NettyServerCustomizer {
    private static final AttributeKey<Connection> CONNECTION = AttributeKey.valueOf("rstat-connection");

    /** Who takes nothing of an answer for so long may make room. */
    private static final Duration STALL = Duration.ofSeconds(1);

    private static final long RETRY_MILLIS = 200;

    private static final Comparator<Connection> BY_AGE = Comparator.comparingLong(Connection::since);

    private final int most;
    private final Duration requestTime;
    private final Supplier<WebConfig> config;
    private final Set<Connection> open = new LinkedHashSet<>();
    private final Gauge count =
            Gauge.build("rstat_http_connections", "Open connections.").create();
    private final Counter closed = Counter.build(
                    "rstat_http_connections_closed_total",
                    "Connections that the exporter closed: full and stalled to make room for others, or because nothing was taken of an answer; request_timeout, idle, tls.")
            .labelNames("reason")
            .create();

    /**
     * @param most at a time
     * @param requestTime for a connection's first request from its beginning, for further ones from their first byte
     */
    Connections(int most, Duration requestTime, Supplier<WebConfig> config) {
        this.most = most;
        this.requestTime = requestTime;
        this.config = config;
        for (Connection.Reason reason : Connection.Reason.values()) {
            closed.labels(reason.label());
        }
    }

    List<Collector> metrics() {
        return List.of(count, closed);
    }

    Duration requestTime() {
        return requestTime;
    }

    @Override
    public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
        return switch (role) {
            case LISTENER -> {
                channel.pipeline().addFirst(new Listener());
                yield this;
            }
            case CONNECTION -> new OfConnection(channel);
            default -> this;
        };
    }

    /** Takes connections in, one by one: Netty accepts several before it looks whether it should. */
    private final class Listener extends ChannelInboundHandlerAdapter {
        private final Deque<Channel> waiting = new ArrayDeque<>();
        private boolean timed;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            waiting.add((Channel) message);
            takeIn(context);
        }

        private void takeIn(ChannelHandlerContext context) {
            while (!waiting.isEmpty() && makeRoom()) {
                Channel channel = waiting.remove();
                Connection connection = new Connection(channel, Connections.this);
                channel.attr(CONNECTION).set(connection);
                add(connection);
                channel.closeFuture().addListener(_ -> remove(connection));
                context.fireChannelRead(channel);
            }
            Channel listener = context.channel();
            listener.config().setAutoRead(waiting.isEmpty());
            if (!waiting.isEmpty() && !timed && listener.isOpen()) {
                timed = true;
                var _ = listener.eventLoop()
                        .schedule(
                                () -> {
                                    timed = false;
                                    takeIn(context);
                                },
                                RETRY_MILLIS,
                                TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            waiting.forEach(channel -> channel.unsafe().closeForcibly());
            waiting.clear();
            context.fireChannelInactive();
        }
    }

    private synchronized void add(Connection connection) {
        open.add(connection);
        count.set(open.size());
    }

    private synchronized void remove(Connection connection) {
        open.remove(connection);
        count.set(open.size());
    }

    /** Whether there is a place, if need be that of another. */
    private boolean makeRoom() {
        Connection victim;
        synchronized (this) {
            if (open.size() < most) {
                return true;
            }
            Optional<Connection> found = victim();
            if (found.isEmpty()) {
                return false;
            }
            victim = found.get();
        }
        victim.close(victim.state() == Connection.State.ANSWERING ? Connection.Reason.STALLED : Connection.Reason.FULL);
        return true;
    }

    private Optional<Connection> victim() {
        return oldest(List.of(Connection.State.NEW, Connection.State.ASKING))
                .or(() -> oldest(List.of(Connection.State.IDLE)))
                .or(() -> open.stream()
                        .filter(connection -> connection.isStalled(STALL))
                        .min(Comparator.comparingLong(Connection::held)));
    }

    private Optional<Connection> oldest(Collection<Connection.State> states) {
        return open.stream()
                .filter(connection -> states.contains(connection.state()))
                .min(BY_AGE);
    }

    /** Counted, and no longer one of those that are open. */
    void closing(Connection connection, Connection.Reason reason) {
        synchronized (this) {
            if (!open.remove(connection)) {
                return;
            }
            count.set(open.size());
        }
        closed.labels(reason.label()).inc();
    }

    private final class OfConnection implements NettyServerCustomizer {
        private final Channel channel;

        OfConnection(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void onInitialPipelineBuilt() {
            Connection connection = channel.attr(CONNECTION).get();
            ChannelPipeline pipeline = channel.pipeline();
            pipeline.addAfter(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, null, connection.new Messages());
            pipeline.addFirst(connection.new Bytes());
            config.get().tls().ifPresent(tls -> pipeline.addFirst(new TlsOrNot(tls)));
        }
    }
}
