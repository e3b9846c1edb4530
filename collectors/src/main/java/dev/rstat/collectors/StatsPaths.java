// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Directory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where the files of a cgroup are.
 *
 * <p>bpffs allows no dot in a name, and every systemd unit has one, so {@code .} becomes {@code %2E} and {@code %} becomes {@code %25}. A
 * cgroup that is called like a collector has its first character written that way too, or the collector's file could not stand beside it.
 *
 * @param top the directory of the root cgroup's files
 * @param collectors names that cgroups' directories must not have
 */
record StatsPaths(Path top, Set<String> collectors) {
    /** The longest name a file system takes, in bytes. */
    private static final int NAME_MAX = 255;

    /** Below {@code cgroups/}, for the collectors there are. */
    static StatsPaths of(PinRoot root) {
        Set<String> names = new TreeSet<>(BuiltIn.collectors());
        names.addAll(root.loaded());
        return new StatsPaths(root.cgroups(), names);
    }

    /**
     * The directory of a cgroup's files.
     *
     * @param cgroup as in /proc/PID/cgroup: {@code /} or {@code /a/b}
     * @throws RstatException if that is no cgroup's path
     */
    Path directory(String cgroup) {
        Path directory = top;
        for (String name : cgroup.split("/", -1)) {
            if (name.equals("..") || name.equals(".")) {
                throw new RstatException("`%s` is no cgroup's path: it has a `%s` in it".formatted(cgroup, name));
            }
            if (!name.isEmpty()) {
                directory = directory.resolve(escape(name));
            }
        }
        return directory;
    }

    /** The same; empty if a name in it cannot be a file's: too long once escaped, or not UTF-8. */
    Optional<Path> possible(String cgroup) {
        if (cgroup.indexOf(Directory.NOT_TEXT) >= 0) {
            return Optional.empty();
        }
        Path directory = directory(cgroup);
        // A byte is written as three at most.
        if (cgroup.length() > NAME_MAX / 3) {
            for (Path name : directory) {
                if (name.toString().getBytes(StandardCharsets.UTF_8).length > NAME_MAX) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(directory);
    }

    private String escape(String name) {
        String escaped = name.replace("%", "%25").replace(".", "%2E");
        return collectors.contains(name) ? "%%%02X%s".formatted((int) name.charAt(0), name.substring(1)) : escaped;
    }
}
