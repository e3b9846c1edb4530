// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/** The options of the collector that is read, not loaded, and how they reach the process that serves. */
class CgroupfsOptionsTest {
    @Command
    private static final class Serving {
        @Mixin
        final CgroupfsOptions cgroupfs = new CgroupfsOptions();
    }

    private static CgroupfsOptions parse(String... arguments) {
        Serving serving = new Serving();
        new CommandLine(serving).parseArgs(arguments);
        return serving.cgroupfs;
    }

    @Test
    void itIsOnUnlessItIsSwitchedOff() {
        assertThat(parse().isOn()).isTrue();
        assertThat(parse("--collector.cgroupfs").isOn()).isTrue();
        assertThat(parse("--no-collector.cgroupfs").isOn()).isFalse();
        assertThat(parse("--no-collector.cgroupfs").collector()).isEmpty();
    }

    @Test
    void whatServesIsToldTheSame() {
        assertThat(parse().arguments()).containsExactly("--cgroupfs.max-open-files=16384");
        String[] arguments = {"--cgroupfs.max-open-files=7", "--no-collector.cgroupfs"};
        assertThat(parse(parse(arguments).arguments().toArray(String[]::new)).arguments())
                .containsExactly(arguments);
    }

    @Test
    void aNegativeNumberOfFilesIsRefused() {
        parse("--cgroupfs.max-open-files=0").check();
        assertThatThrownBy(() -> parse("--cgroupfs.max-open-files=-1").check())
                .isInstanceOf(ParameterException.class)
                .hasMessage("--cgroupfs.max-open-files is at least 0, not -1");
    }
}
