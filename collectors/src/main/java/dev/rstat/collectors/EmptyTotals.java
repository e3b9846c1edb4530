// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.Directory;
import java.util.concurrent.locks.LockSupport;

/** Makes an empty total for every cgroup there is; {@code rstat_mkdir} makes those of cgroups to come. */
final class EmptyTotals {
    /** Without one more total made. */
    private static final int VAIN_ATTEMPTS = 10;

    private static final long PAUSE_NANOSECONDS = 5_000_000;

    private EmptyTotals() {}

    /**
     * Again while the kernel has no memory to give just now. What finds no room remains without: its events are its ancestors'.
     *
     * @param make {@code rstat_make}
     */
    static void make(BpfProgram make, CgroupMount cgroups) {
        try (Directory root = Directory.open(cgroups.path());
                BpfLink link = BpfLink.cgroupIterator(make.fd(), root.fd(), BpfLink.Order.DESCENDANTS_PRE)) {
            int least = Integer.MAX_VALUE;
            for (int vain = 0; vain < VAIN_ATTEMPTS; ) {
                int missing = link.iterate();
                if (missing == 0) {
                    return;
                }
                vain = missing < least ? 0 : vain + 1;
                least = Math.min(least, missing);
                LockSupport.parkNanos(PAUSE_NANOSECONDS);
            }
        }
    }
}
