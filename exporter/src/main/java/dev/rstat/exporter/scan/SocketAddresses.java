// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.scan;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Addresses as {@code /proc/net/tcp} and {@code tcp6} have them: words of the machine's byte order in hexadecimal, and the port. */
final class SocketAddresses {
    private static final int WORD = 8;

    private SocketAddresses() {}

    /** {@code 127.0.0.1:9752} of {@code 0100007F:2618}. */
    static String text(String entry) {
        int colon = entry.indexOf(':');
        String address = entry.substring(0, colon);
        ByteBuffer bytes = ByteBuffer.allocate(address.length() / 2).order(ByteOrder.nativeOrder());
        for (int i = 0; i < address.length(); i += WORD) {
            bytes.putInt(Integer.parseUnsignedInt(address.substring(i, i + WORD), 16));
        }
        try {
            String host = InetAddress.getByAddress(bytes.array()).getHostAddress();
            int port = Integer.parseInt(entry.substring(colon + 1), 16);
            return (host.contains(":") ? "[%s]:%d" : "%s:%d").formatted(host, port);
        } catch (UnknownHostException neitherFourNorSixteen) {
            throw new IllegalArgumentException(entry, neitherFourNorSixteen);
        }
    }
}
