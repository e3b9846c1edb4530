// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceProcessTest {
    @Test
    void theServiceRunsInTheSameVirtualMachineWithTheSameOptions() {
        List<String> command = List.of("java", "-XX:AOTCache=x", "-cp", "lib/*", "dev.Main", "run", "--user", "rstat");
        List<String> virtualMachine = ServiceProcess.virtualMachine(command, "dev.Main");
        assertThat(virtualMachine.getFirst()).endsWith("/java");
        assertThat(virtualMachine.subList(1, 4)).containsExactly("-XX:AOTCache=x", "-cp", "lib/*");
        assertThat(virtualMachine).hasSize(4);
    }

    @Test
    void whereTheMainClassIsNotNamedItSaysSo() {
        assertThatThrownBy(() -> ServiceProcess.virtualMachine(List.of("java", "-jar", "x.jar"), "dev.Main"))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("dev.Main");
    }
}
