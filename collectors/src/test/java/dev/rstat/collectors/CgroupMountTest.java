// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CgroupMountTest {
    private static CgroupMount find(String... lines) {
        return CgroupMount.find(MountTable.parse(List.of(lines)));
    }

    @Test
    void theUnifiedLayoutIsFound() {
        assertThat(
                        find(
                                "22 1 0:20 / /proc rw,nosuid - proc proc rw",
                                "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate"))
                .isEqualTo(new CgroupMount(Path.of("/sys/fs/cgroup"), "/"));
    }

    @Test
    void theHybridLayoutIsFoundBesideCgroupV1() {
        assertThat(find(
                        "31 30 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs ro",
                        "32 31 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
                        "33 31 0:29 / /sys/fs/cgroup/unified rw,relatime shared:1 master:2 - cgroup2 cgroup2 rw"))
                .isEqualTo(new CgroupMount(Path.of("/sys/fs/cgroup/unified"), "/"));
    }

    @Test
    void aMountOfTheWholeHierarchyIsPreferredToOneOfAPart() {
        assertThat(find(
                        "33 31 0:29 /system.slice/docker-1.scope /in/container rw - cgroup2 cgroup rw",
                        "34 31 0:29 / /all rw - cgroup2 cgroup rw"))
                .isEqualTo(new CgroupMount(Path.of("/all"), "/"));
        assertThat(find("33 31 0:29 /../.. /in/container rw - cgroup2 cgroup rw")
                        .root())
                .isEqualTo("/../..");
    }

    @Test
    void escapedBlanksInMountPointsAreRead() {
        assertThat(find("34 31 0:29 / /my\\040cgroups\\134x rw - cgroup2 none rw")
                        .path())
                .isEqualTo(Path.of("/my cgroups\\x"));
    }

    @Test
    void aHostWithoutCgroup2IsToldWhatToDo() {
        assertThatThrownBy(() -> find("32 31 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", "", "garbage - - -"))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("mount -t cgroup2");
    }
}
