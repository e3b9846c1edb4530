// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where cgroup2 is mounted: {@code /sys/fs/cgroup} in the unified layout, {@code /sys/fs/cgroup/unified} in the hybrid one, or wherever
 * the mount table says.
 *
 * @param path the mount point
 * @param root the cgroup that is seen there, as the mount table has it: {@code /} but in containers
 */
public record CgroupMount(Path path, String root) {
    /**
     * @throws RstatException if there is no cgroup2
     */
    public static CgroupMount find() {
        return find(MountTable.read());
    }

    /** Prefers a mount that shows the whole hierarchy. */
    static CgroupMount find(List<MountTable.Mount> mounts) {
        List<CgroupMount> found = mounts.stream()
                .filter(mount -> mount.type().equals("cgroup2"))
                .map(mount -> new CgroupMount(Path.of(mount.point()), mount.root()))
                .toList();
        return found.stream()
                .filter(mount -> mount.root().equals("/"))
                .findFirst()
                .or(() -> found.stream().findFirst())
                .orElseThrow(
                        () -> new RstatException(
                                "no cgroup2 is mounted; mount it: mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1"));
    }
}
