// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class StatsFilesTest {
    private static final Path ROOT = Path.of("/no/such/pin-root");

    private static String path(String cgroup) {
        return StatsFiles.path(ROOT, cgroup, "runqueue").toString();
    }

    @Test
    void namesAreEscapedSoThatBpffsTakesThemAndNoTwoMeet() {
        assertThat(path("/")).isEqualTo(ROOT + "/cgroups/runqueue");
        assertThat(path("/a/b")).isEqualTo(ROOT + "/cgroups/a/b/runqueue");
        assertThat(path("/system.slice/ssh.service"))
                .isEqualTo(ROOT + "/cgroups/system%2Eslice/ssh%2Eservice/runqueue");
        assertThat(path("/a%2Eb")).isEqualTo(ROOT + "/cgroups/a%252Eb/runqueue");
        assertThat(path("/attach/runqueue")).isEqualTo(ROOT + "/cgroups/%61ttach/%72unqueue/runqueue");
        assertThat(path("/runqueue2")).isEqualTo(ROOT + "/cgroups/runqueue2/runqueue");
    }

    @Test
    void aPathThatLeavesTheTreeIsRefused() {
        assertThatThrownBy(() -> path("/a/../../etc"))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("..");
    }
}
