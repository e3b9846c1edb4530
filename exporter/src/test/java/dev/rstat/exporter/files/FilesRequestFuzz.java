// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import dev.rstat.fuzz.FuzzTarget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What any user may send to the files socket: each request has one answer of those there are, and then the connection ends. */
public final class FilesRequestFuzz implements FuzzTarget {
    private static final UserPrincipal USER = () -> "somebody";
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
    private static final Set<String> STATUSES = Set.of("100", "201", "400", "403", "404", "405", "413", "417", "503");

    private static final class Requests extends ChannelInboundHandlerAdapter {
        private int complete;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            complete += message instanceof FullHttpRequest ? 1 : 0;
            var _ = context.fireChannelRead(message);
        }
    }

    @Override
    public String name() {
        return "files";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                request("POST /files?cgroup=/user.slice/a%20b"),
                request("POST /files?cgroup=%ff%2e%2e/%zz"),
                request("GET /files?cgroup=/"),
                // Was not answered at all.
                request("POST /%zz"),
                "POST /files?cgroup=/a HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdPOST /x HTTP/1.1\r\n\r\n"
                        .getBytes(ISO_8859_1),
                "POST /files HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n1\r\na\r\n0\r\n\r\n"
                        .getBytes(ISO_8859_1));
    }

    private static byte[] request(String line) {
        return (line + " HTTP/1.1\r\nHost: rstat\r\n\r\n").getBytes(ISO_8859_1);
    }

    @Override
    public void run(byte[] input) {
        // As much as may be asked of it: what comes of asking too often is another test's.
        Allowance allowance = new Allowance(1, Integer.MAX_VALUE, () -> 0);
        Requests requests = new Requests();
        EmbeddedChannel channel = new EmbeddedChannel(
                new HttpServerCodec(FilesSocket.MAX_LINE, FilesSocket.MAX_HEADERS, FilesSocket.MAX_BODY),
                new HttpObjectAggregator(FilesSocket.MAX_BODY),
                requests,
                new FilesRequest(USER, allowance, FilesRequestFuzz::make));
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(input));
            StringBuilder answers = new StringBuilder();
            for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
                if (out instanceof ByteBuf buffer) {
                    answers.append(buffer.toString(UTF_8));
                    buffer.release();
                }
            }
            FuzzTarget.require(answers.length() <= 32_768 + 8 * input.length, "an answer of any length");
            Matcher first = STATUS.matcher(answers);
            if (requests.complete > 0) {
                FuzzTarget.require(first.lookingAt(), "no answer to a request: " + answers);
                FuzzTarget.require(STATUSES.contains(first.group(1)), "what answer is " + first.group(1));
                FuzzTarget.require(!channel.isOpen(), "it was answered and may go on asking");
            }
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    /** As {@link OwnersFiles} does with what it is asked for, as far as no cgroup is needed. */
    private static FilesRequest.Answer make(String cgroup, UserPrincipal user) {
        if (cgroup.length() % 7 == 6) {
            throw new RstatException("the agent failed");
        }
        return cgroup.startsWith("/")
                ? new FilesRequest.Answer.Made(List.of(Path.of("/run/rstat/runqueue")))
                : new FilesRequest.Answer.Refused(400, "`%s` is no cgroup's path".formatted(cgroup));
    }
}
