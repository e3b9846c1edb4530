// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;

/**
 * One request for a cgroup's files.
 *
 * <pre>
 *   POST /files?cgroup=/PATH    the path as in /proc/PID/cgroup, percent-encoded
 *   201  a line for each file: they are there, and readable by everybody, when this arrives
 *   400  that is no cgroup's path, or a name in it cannot be a file's
 *   403  the cgroup's directory belongs to another user
 *   404  there is no such cgroup; no such resource
 *   405  another method
 *   429  asked too often, or too many cgroups of this user have files: Retry-After has seconds
 *   503  the files agent is busy or has failed: the same
 * </pre>
 *
 * <p>Every answer but 201 is a sentence that says why.
 */
public final class FilesRequest extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String RESOURCE = "/files";
    private static final String CGROUP = "cgroup";

    private final UserPrincipal user;
    private final Allowance allowance;
    private final Files files;

    /** Makes the files of a cgroup for a user. */
    public interface Files {
        /**
         * @param cgroup as in /proc/PID/cgroup
         * @return the files, or why there are none
         */
        Answer make(String cgroup, UserPrincipal user);
    }

    /** What became of a request. */
    public sealed interface Answer {
        record Made(List<Path> files) implements Answer {}

        record Refused(int status, String why) implements Answer {}
    }

    FilesRequest(UserPrincipal user, Allowance allowance, Files files) {
        this.user = user;
        this.allowance = allowance;
        this.files = files;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        String resource;
        List<String> cgroups;
        try {
            QueryStringDecoder uri = new QueryStringDecoder(request.uri(), UTF_8);
            resource = uri.path();
            cgroups = uri.parameters().getOrDefault(CGROUP, List.of());
        } catch (IllegalArgumentException undecodable) {
            answer(context, 400, "the address is not percent-encoded UTF-8");
            return;
        }
        if (!request.decoderResult().isSuccess()) {
            answer(context, 400, "this is no HTTP request, or too long a one");
        } else if (!allowance.take(user)) {
            answer(context, 429, "asked too often; ask again later");
        } else if (!resource.equals(RESOURCE)) {
            answer(context, 404, "there is nothing but " + RESOURCE);
        } else if (!request.method().equals(HttpMethod.POST)) {
            answer(context, 405, "POST " + RESOURCE + "?cgroup=/PATH");
        } else if (cgroups.size() != 1) {
            answer(context, 400, "name one cgroup: " + RESOURCE + "?cgroup=/PATH");
        } else {
            make(context, cgroups.getFirst());
        }
    }

    private void make(ChannelHandlerContext context, String cgroup) {
        try {
            switch (files.make(cgroup, user)) {
                case Answer.Made made -> {
                    StringBuilder lines = new StringBuilder();
                    made.files().forEach(file -> lines.append(file).append('\n'));
                    answer(context, 201, lines.toString().stripTrailing());
                }
                case Answer.Refused refused -> answer(context, refused.status(), refused.why());
            }
        } catch (RstatException failure) {
            answer(context, 503, String.valueOf(failure.getMessage()));
        }
    }

    private void answer(ChannelHandlerContext context, int status, String text) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.copiedBuffer(text + "\n", UTF_8));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        switch (status) {
            case 405 -> response.headers().set(HttpHeaderNames.ALLOW, HttpMethod.POST);
            case 429 -> response.headers().set(HttpHeaderNames.RETRY_AFTER, allowance.secondsToWait(user));
            case 503 -> response.headers().set(HttpHeaderNames.RETRY_AFTER, 1);
            default -> {}
        }
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable hungUp) {
        var _ = context.close();
    }
}
