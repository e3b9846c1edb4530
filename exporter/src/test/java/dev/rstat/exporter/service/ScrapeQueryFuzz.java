// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.rstat.fuzz.FuzzTarget;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.netty.body.NettyByteBodyFactory;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/** A scrape as somebody on the network sends it: its bytes, through Netty's and Micronaut's readers to ours. */
public final class ScrapeQueryFuzz implements FuzzTarget {
    private final NettyHttpServerConfiguration configuration = new NettyHttpServerConfiguration();
    private final EmbeddedChannel connection = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    private final ChannelHandlerContext context = connection.pipeline().firstContext();
    private final NettyByteBodyFactory bodies = new NettyByteBodyFactory(connection);

    @Override
    public String name() {
        return "scrape";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                request("/metrics", "*/*"),
                request("/metrics?collect[]=runqueue&match=/a/*&match=**/b", "text/plain;version=0.0.4;q=0.5"),
                request(
                        "/metrics?collect%5B%5D=x",
                        "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
                request("/metrics?match=%zz", "text/plain;q=x"));
    }

    private static byte[] request(String uri, String accept) {
        return "GET %s HTTP/1.1\r\nHost: a\r\nAccept: %s\r\n\r\n"
                .formatted(uri, accept)
                .getBytes(ISO_8859_1);
    }

    @Override
    public void run(byte[] input) {
        EmbeddedChannel decoder = new EmbeddedChannel(new HttpRequestDecoder());
        decoder.writeInbound(Unpooled.wrappedBuffer(input));
        for (Object message = decoder.readInbound(); message != null; message = decoder.readInbound()) {
            if (message instanceof DefaultHttpRequest request
                    && request.decoderResult().isSuccess()) {
                query(request);
            }
            ReferenceCountUtil.release(message);
        }
        decoder.finishAndReleaseAll();
    }

    private void query(HttpRequest request) {
        try {
            NettyHttpRequest<Object> received = new NettyHttpRequest<>(
                    request, bodies.createEmpty(), context, ConversionService.SHARED, configuration);
            ScrapeQuery query = ScrapeQuery.of(received);
            FuzzTarget.require(query.collectors().isEmpty() || !query.wants("\n"), "a collector nobody asked for");
        } catch (IllegalArgumentException said) {
            // 400
        }
    }
}
