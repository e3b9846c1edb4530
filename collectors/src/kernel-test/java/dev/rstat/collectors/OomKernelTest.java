// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kills of the OOM killer against the kernel's own count, and that whoever asked for the memory is told from whoever was killed. */
@Tag("kernel")
class OomKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("oom");

    private static final int KILLED = 128 + 9;
    private static final long MIB = 1 << 20;

    private static long kills(Snapshot snapshot, TestCgroup cgroup) {
        return Totals.value(snapshot, "oom", cgroup.path(), 0);
    }

    private static long caused(Snapshot snapshot, TestCgroup cgroup) {
        return Totals.value(snapshot, "oom", cgroup.path(), 1);
    }

    @Test
    void everyKillIsCountedOnce() {
        int kills = 5;
        try (TestCgroup top = TestCgroup.create();
                MemoryController memory = MemoryController.of(top)) {
            TestCgroup child = top.child("a");
            memory.limit(16 * MIB);
            for (int i = 0; i < kills; i++) {
                // dd reads into a buffer of the whole block.
                assertThat(Shell.run(memory.join(child) + " && exec dd if=/dev/zero of=/dev/null bs=64M count=1")
                                .status())
                        .isEqualTo(KILLED);
            }
            Snapshot snapshot = LOADED.snapshot();
            System.out.printf(
                    "oom kills: ours %d theirs %d difference %d%n",
                    kills(snapshot, top), memory.oomKills(), kills(snapshot, top) - memory.oomKills());
            assertThat(kills(snapshot, child))
                    .isEqualTo(kills(snapshot, top))
                    .isEqualTo(memory.oomKills())
                    .isEqualTo(kills);
            assertThat(caused(snapshot, child)).isEqualTo(kills);
        }
    }

    @Test
    void whoAsksForTheMemoryIsNotWhoIsKilledForIt() throws Exception {
        try (TestCgroup top = TestCgroup.create();
                MemoryController memory = MemoryController.of(top)) {
            TestCgroup holder = top.child("holder");
            TestCgroup asker = top.child("asker");
            memory.limit(64 * MIB);
            Process held = new ProcessBuilder(
                            "bash",
                            "-c",
                            memory.join(holder)
                                    + " && echo 1000 > /proc/self/oom_score_adj && printf -v held '%16000000s' && echo && read")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(held.getInputStream().read()).isEqualTo('\n');
            int status = Shell.run(
                            memory.join(asker) + " && exec dd if=/dev/zero of=/dev/null bs=50M count=1 status=none")
                    .status();
            // What the holder had may come too late for it.
            assertThat(status).isIn(0, KILLED);
            int askers = status == KILLED ? 1 : 0;
            assertThat(held.waitFor()).isEqualTo(KILLED);

            Snapshot snapshot = LOADED.snapshot();
            assertThat(kills(snapshot, holder)).isEqualTo(1);
            assertThat(caused(snapshot, holder)).isZero();
            assertThat(kills(snapshot, asker)).isEqualTo(askers);
            assertThat(caused(snapshot, asker)).isEqualTo(1 + askers);
            assertThat(memory.oomKills()).isEqualTo(1 + askers);
        }
    }
}
