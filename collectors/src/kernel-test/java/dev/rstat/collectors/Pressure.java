// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What processes do not meet every day: a disk that is slow and too much dirty memory for it, a memory limit, reclaim, the OOM killer, a
 * lock that is held. Needs null_blk and all controllers on cgroup2.
 */
final class Pressure implements AutoCloseable {
    private static final int MIB = 1 << 20;

    private final DirtyLimits limits;

    Pressure() throws IOException {
        limits = new DirtyLimits(2 * MIB, 4 * MIB);
    }

    /** Turns the controllers on for the children of a cgroup in which no process is. */
    static void control(TestCgroup parent) {
        try {
            Files.writeString(parent.directory().resolve("cgroup.subtree_control"), "+memory +io");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Has processes in a cgroup without children go through all of it. What they leave behind is gone when this returns. */
    void meet(TestCgroup leaf) throws InterruptedException {
        Path directory = leaf.directory();
        try (HeldAddressSpace _ = new HeldAddressSpace(16)) {
            Shell looker =
                    Shell.run("echo $$ > %s/cgroup.procs || exit 1; for i in 1 2 3 4 5 6 7 8; do %s; done; exit 0"
                            .formatted(directory, HeldAddressSpace.look()));
            assertThat(looker.status()).isZero();
        }
        // A disk for each, as its page cache is written back in the name of who had it written back first. It stays
        // open: its
        // page cache goes with the last who has it open. Slower than the slowest emulated processor writes to memory.
        try (NullBlock disk = NullBlock.create(Map.of("mbps", "6"))) {
            // A request larger than what null_blk lets through in 20 ms would wait for ever.
            disk.queue("max_sectors_kb", "64");
            Shell shell = Shell.run("""
                    echo $$ > %1$s/cgroup.procs || exit 1
                    exec 4<%2$s
                    dd if=%2$s of=/dev/null bs=64k count=4 iflag=direct status=none || exit 2
                    dd if=/dev/zero of=%2$s bs=64k count=96 conv=fsync status=none || exit 3
                    echo 1G > %1$s/memory.reclaim
                    echo 16M > %1$s/memory.max || exit 4
                    (exec dd if=/dev/zero of=/dev/null bs=64M count=1 status=none)
                    [[ $? -eq 137 ]] || exit 5
                    """.formatted(directory, disk.path()));
            assertThat(shell.status()).isZero();
        }
    }

    @Override
    public void close() throws IOException {
        limits.close();
    }
}
