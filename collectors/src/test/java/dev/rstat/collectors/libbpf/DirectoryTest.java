// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DirectoryTest {
    private static byte[] utf8(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void textIsShownAsItIs() {
        assertThat(Directory.text(utf8("\u00fcber.slice"))).isEqualTo("\u00fcber.slice");
        assertThat(Directory.text(utf8("dev-disk\\x2dby\\xff.device"))).isEqualTo("dev-disk\\x2dby\\xff.device");
    }

    @Test
    void whatIsNoTextLooksLikeNothingElse() {
        assertThat(Directory.text(new byte[] {'a', (byte) 0xff, (byte) 0xfe})).isEqualTo("a\ufffdff\ufffdfe");
        assertThat(Directory.text(utf8("a\ufffdff\ufffdfe")))
                .isEqualTo("a\ufffdef\ufffdbf\ufffdbdff\ufffdef\ufffdbf\ufffdbdfe");
    }
}
