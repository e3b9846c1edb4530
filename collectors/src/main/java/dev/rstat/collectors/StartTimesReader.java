// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BatchReader;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads when cgroups were made, which bpf/lifecycle.bpf.c remembers: only when there are other cgroups than at the last reading, and then
 * all at once. Not for two threads at once.
 */
final class StartTimesReader implements AutoCloseable {
    private final Path pin;
    private final BootClock clock = new BootClock();
    private @Nullable Object inode;
    private @Nullable BpfMap map;
    private long[] ids = {};
    private long[] created = {};

    StartTimesReader(PinRoot root) {
        pin = root.lifecycle().resolve(Lifecycle.CREATED);
    }

    /**
     * @param index of the tree
     * @throws RstatException if the kernel refuses
     */
    StartTimes read(List<Cgroup> tree, CgroupIndex index) {
        long[] now = tree.stream().mapToLong(Cgroup::id).toArray();
        if (reopen() || !Arrays.equals(now, ids)) {
            created = read(now.length, index);
            ids = now;
        }
        return new StartTimes(clock.bootNanos(), created);
    }

    private long[] read(int cgroups, CgroupIndex index) {
        long[] fresh = new long[cgroups];
        // What was known stays known: the kernel forgets a cgroup when it is removed, which may be after the tree was
        // read.
        for (int i = 0; i < ids.length; i++) {
            set(fresh, index, ids[i], created[i]);
        }
        if (map != null) {
            new BatchReader(map).read((id, values, at) -> set(fresh, index, id, values[at]));
        }
        return fresh;
    }

    private static void set(long[] times, CgroupIndex index, long id, long time) {
        int cgroup = index.of(id);
        if (cgroup >= 0) {
            times[cgroup] = time;
        }
    }

    /** Follows a loader that makes the map anew; whether one has. */
    private boolean reopen() {
        Object there = inode();
        if (there == null || there.equals(inode)) {
            return false;
        }
        close();
        try {
            map = new BpfMap(Pin.getReadOnly(pin));
            inode = there;
            return true;
        } catch (RstatException replaced) {
            return false; // by a loader at work: the next reading finds it
        }
    }

    private @Nullable Object inode() {
        try {
            return Files.getAttribute(pin, "unix:ino");
        } catch (IOException notLoaded) {
            return null;
        }
    }

    @Override
    public void close() {
        if (map != null) {
            map.close();
            map = null;
        }
        inode = null;
    }
}
