// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Directory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cgroups there are. A directory's inode number is its cgroup's id (64-bit kernels since 5.5), and a directory with two links has no
 * sub-directories, so one look at each cgroup and one listing of each that has children is all it takes.
 */
public final class CgroupTree {
    private CgroupTree() {}

    /**
     * All cgroups below a mount, parents before children, sorted by name within a parent. Needs no privilege. What is removed while the
     * tree is read may or may not be in it.
     */
    public static List<Cgroup> read(CgroupMount mount) {
        List<Cgroup> cgroups = new ArrayList<>();
        try (Directory root = Directory.open(mount.path())) {
            add(cgroups, root, new Cgroup(root.inode(), "/", null, 0));
        }
        return cgroups;
    }

    /**
     * The same, which is the very list that was read before if nothing has been made or removed since: what was made of that can be kept.
     */
    public static List<Cgroup> read(CgroupMount mount, List<Cgroup> before) {
        List<Cgroup> now = read(mount);
        return isSame(now, before) ? before : List.copyOf(now);
    }

    /** Parents and depths follow from the paths. */
    private static boolean isSame(List<Cgroup> now, List<Cgroup> before) {
        if (now.size() != before.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            if (now.get(i).id() != before.get(i).id()
                    || !now.get(i).path().equals(before.get(i).path())) {
                return false;
            }
        }
        return true;
    }

    /**
     * One cgroup, its parent left out; null if there is none.
     *
     * @param path as in /proc/PID/cgroup
     */
    public static @Nullable Cgroup find(CgroupMount mount, String path) {
        try (@Nullable Directory directory = Directory.openIfPresent(mount.path().resolve("." + path))) {
            return directory == null
                    ? null
                    : new Cgroup(directory.inode(), path, null, Path.of(path).getNameCount());
        }
    }

    private static void add(List<Cgroup> cgroups, Directory directory, Cgroup cgroup) {
        cgroups.add(cgroup);
        if (!directory.hasSubdirectories()) {
            return;
        }
        List<Directory.Entry> children = directory.subdirectories();
        children.sort(Comparator.comparing(Directory.Entry::name));
        for (Directory.Entry child : children) {
            String path = (cgroup.depth() == 0 ? "/" : cgroup.path() + "/") + child.name();
            Directory.Look look = directory.look(child);
            if (look == null) {
                continue; // removed since it was listed
            }
            Cgroup found = new Cgroup(look.inode(), path, cgroup, cgroup.depth() + 1);
            if (!look.hasSubdirectories()) {
                cgroups.add(found);
                continue;
            }
            try (Directory sub = directory.enter(child)) {
                if (sub != null) {
                    add(cgroups, sub, found);
                }
            }
        }
    }
}
