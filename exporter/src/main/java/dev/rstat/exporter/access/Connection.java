// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open connection: whose turn it is on it, and since when. */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Whose turn it is, those first that are closed first when there are too many. */
    enum State {
        /** The client's, which has sent no complete request yet. */
        NEW,
        /** The client's, which has begun another request. */
        ASKING,
        /** Nobody's, between requests. */
        IDLE,
        /** Ours, or the client's who is to take the answer. */
        ANSWERING
    }

    /** Why a connection was closed, by the exporter and not by the client. */
    enum Reason {
        FULL,
        STALLED,
        REQUEST_TIMEOUT,
        IDLE,
        TLS;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Channel channel;
    private final Connections connections;
    private volatile State state = State.NEW;
    private volatile long since = System.nanoTime();

    /** Since when the client has to take what was written, or 0. */
    private volatile long held;

    // The rest by the channel's event loop alone.
    private int unanswered;
    private boolean complete;
    private int answeredEarly;
    private @Nullable Future<?> timeout;

    Connection(Channel channel, Connections connections) {
        this.channel = channel;
        this.connections = connections;
    }

    Channel channel() {
        return channel;
    }

    State state() {
        return state;
    }

    /** When it got into its state, by {@link System#nanoTime()}. */
    long since() {
        return since;
    }

    /** Whether the client has taken nothing of an answer for so long. */
    boolean isStalled(Duration time) {
        long start = held;
        return state == State.ANSWERING && start != 0 && System.nanoTime() - start >= time.toNanos();
    }

    long held() {
        return held;
    }

    /** At once, and what was not sent is not: no word to a client that would not read it, and no memory of the kernel's for it. */
    void close(Reason reason) {
        connections.closing(this, reason);
        channel.eventLoop().execute(() -> {
            if (channel.isOpen()) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                // Before all handlers: TLS would wait to say goodbye.
                var _ = channel.pipeline().firstContext().close();
            }
        });
    }

    private void enter(State next) {
        state = next;
        since = System.nanoTime();
        held = 0;
        complete = false;
    }

    private void awaitRequest() {
        if (timeout == null) {
            timeout = channel.eventLoop()
                    .schedule(
                            () -> close(Reason.REQUEST_TIMEOUT),
                            connections.requestTime().toNanos(),
                            TimeUnit.NANOSECONDS);
        }
    }

    private void requestComplete() {
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
        if (answeredEarly > 0) {
            answeredEarly--;
            enter(State.IDLE);
        } else {
            unanswered++;
            if (state != State.ANSWERING) {
                enter(State.ANSWERING);
            }
        }
    }

    private void answered() {
        if (unanswered == 0) {
            // Before the request was complete, which goes on to be waited for.
            answeredEarly++;
        } else if (--unanswered == 0) {
            enter(State.IDLE);
        }
    }

    /** Sees bytes, once decrypted. */
    final class Bytes extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            awaitRequest();
            channel.closeFuture().addListener(_ -> {
                if (timeout != null) {
                    timeout.cancel(false);
                }
            });
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (state == State.IDLE) {
                enter(State.ASKING);
                awaitRequest();
            }
            context.fireChannelRead(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.cause() instanceof SSLException) {
                // The handler of TLS has told the client, and closes.
                connections.closing(Connection.this, Reason.TLS);
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof SSLException || cause.getCause() instanceof SSLException) {
                // The client's doing: no more than counted.
                LOG.debug("TLS fails", cause);
                connections.closing(Connection.this, Reason.TLS);
                var _ = context.close();
            } else {
                context.fireExceptionCaught(cause);
            }
        }
    }

    /** Sees requests and answers. */
    final class Messages extends ChannelDuplexHandler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof LastHttpContent) {
                requestComplete();
            }
            context.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            boolean last = message instanceof LastHttpContent
                    && !(message instanceof HttpResponse response
                            && response.status().codeClass() == HttpStatusClass.INFORMATIONAL);
            if (!last) {
                var _ = context.write(message, promise);
                return;
            }
            complete = true;
            if (held == 0) {
                held = System.nanoTime();
            }
            var _ = context.write(message, promise.unvoid().addListener(_ -> answered()));
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            // Either way it has taken something just now, or was given something.
            held = context.channel().isWritable() && !complete ? 0 : System.nanoTime();
            context.fireChannelWritabilityChanged();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof IdleStateEvent idle && idle.state() == IdleState.ALL_IDLE) {
                // Micronaut closes it.
                connections.closing(Connection.this, state == State.ANSWERING ? Reason.STALLED : Reason.IDLE);
            }
            context.fireUserEventTriggered(event);
        }
    }
}
