// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {
    @Test
    void knowsMountPoints() {
        assertThat(MountTable.isMountPoint(Path.of("/proc"))).isTrue();
        assertThat(MountTable.isMountPoint(Path.of("/proc/self"))).isFalse();
    }
}
