// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1:9752,127.0.0.1,9752", ":9752,'',9752", "localhost:0,localhost,0", "[::1]:80,::1,80"})
    void formsOfAnAddress(String text, String host, int port) {
        assertThat(ListenAddress.parse(text))
                .isEqualTo(new ListenAddress(host, port))
                .hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "9752", "localhost", "localhost:", "localhost:http", "::1:80", "a:-1", "a:999999", "[::1]"})
    void whatIsNone(String text) {
        assertThatThrownBy(() -> ListenAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'%s' is not HOST:PORT, as in 127.0.0.1:9752", text);
    }

    @Test
    void portsEnd() {
        assertThatThrownBy(() -> ListenAddress.parse(":65536")).hasMessage("':65536': a port is at most 65535");
    }

    @Test
    void noHostIsEveryAddress() {
        assertThat(ListenAddress.parse(":0").resolve().getAddress().isAnyLocalAddress())
                .isTrue();
    }
}
