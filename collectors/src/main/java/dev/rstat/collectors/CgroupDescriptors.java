// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Errno;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.KernelFiles;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor of each cgroup's directory, opened when first asked for and kept from one snapshot to the next, as long as there are not too
 * many: those beyond are opened each time.
 */
final class CgroupDescriptors implements AutoCloseable {
    /** Of those that the process may have: the kernel's own files and connections need some, too. */
    private static final int SHARE = 4;

    private final CgroupMount mount;
    private final long most;
    private final Map<Long, FileDescriptor> open = new HashMap<>();
    private @Nullable FileDescriptor passing;

    CgroupDescriptors(CgroupMount mount) {
        this(mount, KernelFiles.descriptorLimit() / SHARE);
    }

    /**
     * @param most to keep
     */
    CgroupDescriptors(CgroupMount mount, long most) {
        this.mount = mount;
        this.most = most;
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
     * Good until the next call; -1 if the cgroup is gone.
     *
     * @throws RstatException if this process may not have that many
     */
    int of(Cgroup cgroup) {
        letPass();
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
            throw new RstatException("cannot open cgroup %s: %s".formatted(cgroup.path(), Native.describe(error)));
        }
        if (open.size() < most) {
            open.put(cgroup.id(), new FileDescriptor(fd));
        } else {
            passing = new FileDescriptor(fd);
        }
        return fd;
    }

    private void letPass() {
        if (passing != null) {
            passing.close();
            passing = null;
        }
    }

    @Override
    public void close() {
        letPass();
        open.values().forEach(FileDescriptor::close);
        open.clear();
    }
}
