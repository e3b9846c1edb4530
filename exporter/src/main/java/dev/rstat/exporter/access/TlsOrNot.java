// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/** Begins TLS, or tells who speaks plain HTTP that it is wanted: the answer is what they would otherwise have to guess. */
final class TlsOrNot extends OptionalSslHandler {
    private static final byte[] PLAIN =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request: this is HTTPS; ask with https://\n"
                    .getBytes(US_ASCII);

    private final Tls tls;

    TlsOrNot(Tls tls) {
        super(tls.context());
        this.tls = tls;
    }

    @Override
    protected SslHandler newSslHandler(ChannelHandlerContext context, SslContext sslContext) {
        return tls.handler(context.alloc());
    }

    @Override
    protected ChannelHandler newNonSslHandler(ChannelHandlerContext context) {
        return new ChannelInboundHandlerAdapter() {
            private boolean said;

            @Override
            public void channelRead(ChannelHandlerContext inner, Object message) {
                ReferenceCountUtil.release(message);
                if (!said) {
                    said = true;
                    ByteBuf answer = inner.alloc().buffer(PLAIN.length).writeBytes(PLAIN);
                    inner.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
                }
            }
        };
    }
}
