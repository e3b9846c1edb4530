// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Tells systemd, or whoever started the service, that it is ready: the protocol of sd_notify(3), for which Java has no sockets. */
public final class ReadyNotice {
    /** Names the socket where it is waited for. A leading {@code @} stands for the zero byte of an abstract one. */
    static final String SOCKET = "NOTIFY_SOCKET";

    private static final byte[] READY = "READY=1".getBytes(StandardCharsets.UTF_8);

    /** Of {@code struct sockaddr_un}, its family included. */
    private static final int ADDRESS_SIZE = 110;

    private ReadyNotice() {}

    /**
     * Does nothing where nobody waits for it.
     *
     * @param environment of this process
     * @throws RstatException if it cannot be told
     */
    public static void send(Map<String, String> environment) {
        String socket = environment.get(SOCKET);
        if (socket == null || socket.isEmpty()) {
            return;
        }
        LibC c = Native.c();
        int fd = c.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw refused(socket);
        }
        try {
            ByteBuffer address = address(socket);
            if (c.sendto(fd, READY, READY.length, 0, address, address.limit()) < 0) {
                throw refused(socket);
            }
        } finally {
            c.close(fd);
        }
    }

    /** A {@code struct sockaddr_un}, as long as the name makes it. */
    static ByteBuffer address(String socket) {
        byte[] name = socket.getBytes(StandardCharsets.UTF_8);
        if (name.length > ADDRESS_SIZE - Short.BYTES) {
            throw new RstatException("%s=%s is too long for a socket".formatted(SOCKET, socket));
        }
        if (name[0] == '@') {
            name[0] = 0;
        }
        return ByteBuffer.allocateDirect(Short.BYTES + name.length)
                .order(ByteOrder.nativeOrder())
                .putShort((short) LibC.AF_UNIX)
                .put(name)
                .flip();
    }

    private static RstatException refused(String socket) {
        return new RstatException("cannot tell %s=%s that the service is ready: %s"
                .formatted(SOCKET, socket, Native.describe(Native.errno())));
    }
}
