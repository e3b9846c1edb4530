// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.RstatException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Where users ask for files of their cgroups: HTTP over a Unix socket, whose peer's user the kernel tells. {@link FilesRequest} has the
 * protocol. A connection serves one request, for five seconds at most, and there are no more than so many at a time.
 */
public final class FilesSocket implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 128;
    static final int MAX_LINE = 8192;
    static final int MAX_HEADERS = 8192;
    static final int MAX_BODY = 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final double REQUESTS_PER_SECOND = 50;
    private static final double REQUESTS_AT_ONCE = 100;

    private final EventLoopGroup loops;
    private final Path path;

    private FilesSocket(EventLoopGroup loops, Path path) {
        this.loops = loops;
        this.path = path;
    }

    /**
     * Listens when it returns. A socket that an earlier service left there is replaced.
     *
     * @param files makes them
     * @throws RstatException if it cannot listen there
     */
    public static FilesSocket listen(Path path, FilesRequest.Files files) {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Allowance allowance = new Allowance(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE, Ticker.systemTicker());
        AtomicInteger connections = new AtomicInteger();
        try {
            Files.deleteIfExists(path);
            new ServerBootstrap()
                    .group(loops)
                    .channel(NioServerDomainSocketChannel.class)
                    .childHandler(new ChannelInitializer<NioDomainSocketChannel>() {
                        @Override
                        protected void initChannel(NioDomainSocketChannel channel) {
                            accept(channel, connections, allowance, files);
                        }
                    })
                    .bind(UnixDomainSocketAddress.of(path))
                    .syncUninterruptibly();
            // Who connects must be allowed to write.
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
            return new FilesSocket(loops, path);
        } catch (IOException | RuntimeException failure) {
            var _ = loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new RstatException("cannot listen at %s: %s".formatted(path, failure.getMessage()), failure);
        }
    }

    private static void accept(
            NioDomainSocketChannel channel, AtomicInteger connections, Allowance allowance, FilesRequest.Files files) {
        if (connections.incrementAndGet() > MAX_CONNECTIONS) {
            connections.decrementAndGet();
            var _ = channel.close();
            return;
        }
        // However busy its client keeps it: a byte a second is no request.
        Future<?> deadline = channel.eventLoop()
                .schedule(
                        () -> {
                            var _ = channel.close();
                        },
                        PATIENCE.toMillis(),
                        TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(_ -> {
            connections.decrementAndGet();
            deadline.cancel(false);
        });
        UnixDomainPrincipal peer = channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
        channel.pipeline()
                .addLast(new HttpServerCodec(MAX_LINE, MAX_HEADERS, MAX_BODY))
                .addLast(new HttpObjectAggregator(MAX_BODY))
                .addLast(new FilesRequest(peer.user(), allowance, files));
    }

    /** Where it listens. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
