// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Errno;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A descriptor of each cgroup's directory, kept from one snapshot to the next. Opened when first asked for. */
final class CgroupDescriptors implements AutoCloseable {
    private final CgroupMount mount;
    private final Map<Long, FileDescriptor> open = new HashMap<>();

    CgroupDescriptors(CgroupMount mount) {
        this.mount = mount;
    }

    /** Lets go of cgroups that are gone. */
    void retain(List<Cgroup> tree) {
        if (open.isEmpty()) {
            return;
        }
        Set<Long> ids = new HashSet<>();
        tree.forEach(cgroup -> ids.add(cgroup.id()));
        open.entrySet().removeIf(entry -> {
            boolean gone = !ids.contains(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
    }

    /**
     * -1 if the cgroup is gone.
     *
     * @throws RstatException if this process may not have that many
     */
    int of(Cgroup cgroup) {
        FileDescriptor known = open.get(cgroup.id());
        if (known != null) {
            return known.number();
        }
        Path path = mount.path().resolve(cgroup.path().substring(1));
        int fd = Native.c().open(Native.bytes(path), LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC);
        if (fd < 0) {
            int error = Native.errno();
            if (error == Errno.ENOENT) {
                return -1;
            }
            throw new RstatException(
                    "cannot open cgroup %s: %s; result store cgroup-storage needs a descriptor for each cgroup (ulimit -n), the others do not"
                            .formatted(cgroup.path(), Native.describe(error)));
        }
        open.put(cgroup.id(), new FileDescriptor(fd));
        return fd;
    }

    @Override
    public void close() {
        open.values().forEach(FileDescriptor::close);
        open.clear();
    }
}
