// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Directory;
import java.nio.file.Path;
import java.util.Optional;

/** Cgroups by their ids, as the policy keeps them: one that is made anew under the same path is another. */
final class Cgroups {
    private Cgroups() {}

    /**
     * @param path as in /proc/PID/cgroup
     * @throws RstatException if there is none
     */
    static long id(String path) {
        if (!path.startsWith("/")) {
            throw new RstatException("`%s` is no cgroup: its path starts with /".formatted(path));
        }
        Path directory = CgroupMount.find().path().resolve("." + Path.of(path).normalize());
        try (Directory found = Directory.openIfPresent(directory)) {
            if (found == null) {
                throw new RstatException(
                        "there is no cgroup %s; a grant is for a cgroup that is there, not for one to come"
                                .formatted(path));
            }
            return found.inode();
        }
    }

    /** Empty if it is gone. */
    static Optional<Cgroup> find(long id) {
        return CgroupTree.read(CgroupMount.find()).stream()
                .filter(cgroup -> cgroup.id() == id)
                .findFirst();
    }

    /** The path; of one that is gone, its id. */
    static String name(long id) {
        return find(id).map(Cgroup::path).orElseGet(() -> Long.toUnsignedString(id));
    }

    /** How many are above it; of one that is gone 0, where none but the root has its place. */
    static int level(long id) {
        return find(id).map(Cgroup::depth).orElse(0);
    }
}
