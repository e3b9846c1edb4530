// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.collectors.SnapshotFixture;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

/** The options that choose cgroups, and how they reach the process that serves. */
class CgroupOptionsTest {
    @Command
    private static final class Serving {
        @Mixin
        final CgroupOptions cgroups = new CgroupOptions();
    }

    private static CgroupOptions parse(String... arguments) {
        Serving serving = new Serving();
        new CommandLine(serving).parseArgs(arguments);
        return serving.cgroups;
    }

    private static int[] chosen(String... arguments) {
        return parse(arguments)
                .selection()
                .select(new SnapshotFixture()
                        .cgroups("/", "/a", "/a/x.scope", "/a/y.scope", "/b", "/b/x.scope")
                        .build()
                        .cgroups())
                .indices();
    }

    @Test
    void withoutThemEveryCgroupIsShown() {
        assertThat(chosen()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void patternsMayBeGivenSeveralTimes() {
        assertThat(chosen("--cgroup.include=/a", "--cgroup.include=**/x.scope")).containsExactly(0, 1, 2, 5);
        assertThat(chosen("--cgroup.exclude=/b", "--cgroup.exclude=/a/y*")).containsExactly(0, 1, 2);
    }

    @Test
    void numbersBoundDepthAndNumber() {
        assertThat(chosen("--cgroup.max-depth=1")).containsExactly(0, 1, 4);
        assertThat(chosen("--cgroup.max-depth=0")).containsExactly(0);
        assertThat(chosen("--cgroup.limit=4")).containsExactly(0, 1, 2, 4);
    }

    @Test
    void whatServesIsToldTheSame() {
        assertThat(parse().arguments()).isEmpty();
        String[] arguments = {
            "--cgroup.include=/a/**",
            "--cgroup.include=**/x y=1,2",
            "--cgroup.exclude=/b",
            "--cgroup.max-depth=3",
            "--cgroup.limit=100"
        };
        assertThat(parse(parse(arguments).arguments().toArray(String[]::new)).arguments())
                .containsExactly(arguments);
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> parse("--cgroup.max-depth=-1").selection())
                .isInstanceOf(ParameterException.class)
                .hasMessage("--cgroup.max-depth is at least 0, not -1");
        assertThatThrownBy(() -> parse("--cgroup.limit=0").selection())
                .isInstanceOf(ParameterException.class)
                .hasMessage("--cgroup.limit is at least 1, not 0");
        assertThatThrownBy(() -> parse("--cgroup.exclude=a").selection())
                .isInstanceOf(ParameterException.class)
                .hasMessage("`a` matches no cgroup: paths start with /; write `/a`, or `**/a` for any depth");
    }
}
