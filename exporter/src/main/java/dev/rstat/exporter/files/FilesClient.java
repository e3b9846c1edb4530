// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Asks a {@link FilesSocket}. */
public final class FilesClient {
    private static final int MAX_ANSWER = 1 << 20;
    private static final int PATIENCE_SECONDS = 10;

    private FilesClient() {}

    /** HTTP's status, and the body. */
    public record Answer(int status, String text) {}

    /**
     * @throws RstatException if nobody answers there
     */
    public static Answer post(Path socket, String cgroup) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            Channel channel = new Bootstrap()
                    .group(loops)
                    .channel(NioDomainSocketChannel.class)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel opened) {
                            opened.pipeline()
                                    .addLast(new HttpClientCodec())
                                    .addLast(new HttpObjectAggregator(MAX_ANSWER))
                                    .addLast(new Receiver(answer));
                        }
                    })
                    .connect(UnixDomainSocketAddress.of(socket))
                    .syncUninterruptibly()
                    .channel();
            QueryStringEncoder uri = new QueryStringEncoder("/files", UTF_8);
            uri.addParam("cgroup", cgroup);
            DefaultFullHttpRequest request =
                    new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, uri.toString());
            request.headers().set(HttpHeaderNames.HOST, "localhost").set(HttpHeaderNames.CONTENT_LENGTH, 0);
            channel.writeAndFlush(request).syncUninterruptibly();
            return answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException silence) {
            throw new RstatException("the service does not answer at %s".formatted(socket), silence);
        } catch (RuntimeException failure) {
            throw new RstatException(
                    "nobody listens at %s (%s); the service does while it runs: rstat serve"
                            .formatted(socket, failure.getMessage()),
                    failure);
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static final class Receiver extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final CompletableFuture<Answer> answer;

        Receiver(CompletableFuture<Answer> answer) {
            this.answer = answer;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            answer.complete(
                    new Answer(response.status().code(), response.content().toString(UTF_8)));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer.completeExceptionally(new RstatException("it hung up"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            answer.completeExceptionally(failure);
        }
    }
}
