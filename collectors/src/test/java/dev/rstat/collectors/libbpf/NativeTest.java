// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class NativeTest {
    /** A libbpf that knows its version and nothing else. */
    private static LibBpf version(int major, int minor) {
        return (LibBpf) Proxy.newProxyInstance(
                NativeTest.class.getClassLoader(),
                new Class<?>[] {LibBpf.class},
                (proxy, method, arguments) -> method.getName().contains("major") ? major : minor);
    }

    @Test
    void aLibbpfThatIsTooOldIsNamedWithItsCure() {
        assertThatThrownBy(() -> Native.checkedVersion(version(0, 8)))
                .isInstanceOf(RstatException.class)
                .hasMessage("libbpf is too old (0.8, needed is 1.1); install a newer one: apt-get install libbpf1");
        assertThatThrownBy(() -> Native.checkedVersion(version(1, 0))).isInstanceOf(RstatException.class);
    }

    @Test
    void newerOnesWillDo() {
        assertThat(Native.checkedVersion(version(1, 1))).isNotNull();
        assertThat(Native.checkedVersion(version(2, 0))).isNotNull();
    }
}
