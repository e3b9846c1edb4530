// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import org.jspecify.annotations.Nullable;

/**
 * A cgroup2 cgroup that was there when its {@link CgroupTree} was read.
 *
 * @param id the kernel's cgroup id: the inode number of its directory, never used twice until reboot
 * @param path from the root of the cgroup2 mount, as in {@code /proc/PID/cgroup}: {@code /} or {@code /a/b}
 * @param parent null for the root
 * @param depth 0 for the root
 */
public record Cgroup(long id, String path, @Nullable Cgroup parent, int depth) {}
