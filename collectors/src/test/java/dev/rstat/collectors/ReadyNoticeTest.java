// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.LibC;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Told to sockets such as systemd's. */
class ReadyNoticeTest {
    private static final Receiver C = LibraryLoader.create(Receiver.class).load("c");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    /** What the one at the other end calls. */
    public interface Receiver {
        int socket(int domain, int type, int protocol);

        int bind(int socket, @In ByteBuffer address, int length);

        @ssize_t
        long recv(int socket, @Out byte[] message, @size_t long length, int flags);

        int close(int fd);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s/notify", "@%s/notify"})
    void whoWaitsIsTold(String form) {
        String name = form.formatted(directory);
        int socket = C.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM, 0);
        try {
            ByteBuffer address = ReadyNotice.address(name);
            assertThat(C.bind(socket, address, address.limit())).isZero();
            ReadyNotice.send(Map.of("NOTIFY_SOCKET", name));
            byte[] message = new byte[64];
            int length = (int) C.recv(socket, message, message.length, 0);
            assertThat(new String(message, 0, length, StandardCharsets.UTF_8)).isEqualTo("READY=1");
        } finally {
            C.close(socket);
        }
    }

    @Test
    void withoutASocketNothingHappens() {
        assertThatCode(() -> ReadyNotice.send(Map.of())).doesNotThrowAnyException();
    }

    @Test
    void aSocketThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> ReadyNotice.send(Map.of("NOTIFY_SOCKET", directory + "/none")))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("No such file or directory");
    }

    @Test
    void aNameThatIsTooLongIsAnError() {
        assertThatThrownBy(() -> ReadyNotice.send(Map.of("NOTIFY_SOCKET", "/" + "a".repeat(200))))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("too long");
    }
}
