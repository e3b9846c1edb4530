// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostsTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress ANY = InetAddress.ofLiteral("0.0.0.0");

    private final AllowedHosts onLoopback = new AllowedHosts(LOOPBACK, "my-host", List.of("proxy.example"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.0.0.1:9752",
                "192.0.2.1:80",
                "[::1]",
                "[::1]:9752",
                "localhost",
                "LOCALHOST:9752",
                "localhost.:9752",
                "a.localhost:1",
                "my-host:9752",
                "proxy.example"
            })
    void addressesAndOwnNamesAreServed(String host) {
        assertThat(onLoopback.refusal(host)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attacker.example",
                "attacker.example:9752",
                "",
                "localhost.attacker.example",
                "127.0.0.1.attacker.example",
                "notlocalhost",
                "127.0.0.1@attacker.example",
                "[::1].attacker.example",
                "x.proxy.example"
            })
    void othersAreRefusedWithTheCure(String host) {
        assertThat(onLoopback.refusal(host).orElseThrow())
                .contains("DNS rebinding", "--web.allowed-hosts=NAME")
                .doesNotContain("attacker");
    }

    @Test
    void whoListensToTheNetworkIsAskedForByAnyNameUnlessSomeAreGiven() {
        assertThat(new AllowedHosts(ANY, "", List.of()).refusal("node-7.example:9752"))
                .isEmpty();
        AllowedHosts given = new AllowedHosts(ANY, "", List.of("node-7.example"));
        assertThat(given.refusal("node-7.example:9752")).isEmpty();
        assertThat(given.refusal("attacker.example:9752")).isPresent();
    }

    @Test
    void whoSendsNoHostIsNoBrowser() {
        assertThat(onLoopback.refusal(null)).isEmpty();
    }
}
