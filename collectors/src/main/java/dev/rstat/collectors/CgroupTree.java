// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Directory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
        return read(mount, List.of());
    }

    /**
     * The same, with those very objects that were read before for all cgroups that are still there, and the very list if nothing has been
     * made or removed since: what was made of them can be kept.
     */
    public static List<Cgroup> read(CgroupMount mount, List<Cgroup> before) {
        List<Cgroup> cgroups = new ArrayList<>(before.size());
        Map<Long, Cgroup> known = HashMap.newHashMap(before.size());
        before.forEach(cgroup -> known.put(cgroup.id(), cgroup));
        try (Directory root = Directory.open(mount.path())) {
            add(cgroups, root, known(known, root.inode(), "/", null), known);
        }
        return isSame(cgroups, before) ? before : List.copyOf(cgroups);
    }

    // The same objects are meant: those of equal cgroups are.
    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(List<Cgroup> now, List<Cgroup> before) {
        for (int i = 0; i < now.size(); i++) {
            if (i == before.size() || now.get(i) != before.get(i)) {
                return false;
            }
        }
        return now.size() == before.size();
    }

    /** Whatever has an id keeps it, and is as it was while its path and its parent are. */
    // Comparing parents would compare theirs as well, up to the root.
    @SuppressWarnings("ReferenceEquality")
    private static Cgroup known(Map<Long, Cgroup> known, long id, String path, @Nullable Cgroup parent) {
        Cgroup before = known.get(id);
        return before != null && before.parent() == parent && before.path().equals(path)
                ? before
                : new Cgroup(id, path, parent, parent == null ? 0 : parent.depth() + 1);
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

    private static void add(List<Cgroup> cgroups, Directory directory, Cgroup cgroup, Map<Long, Cgroup> known) {
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
            Cgroup found = known(known, look.inode(), path, cgroup);
            if (!look.hasSubdirectories()) {
                cgroups.add(found);
                continue;
            }
            try (Directory sub = directory.enter(child)) {
                if (sub != null) {
                    add(cgroups, sub, found, known);
                }
            }
        }
    }
}
