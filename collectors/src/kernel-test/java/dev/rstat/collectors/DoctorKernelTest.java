// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the doctor says of a kernel is what the loader found there. */
@Tag("kernel")
class DoctorKernelTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors("attach", "runqueue");

    @Test
    void allThatIsRequiredIsFoundAndTheModeAgrees() {
        List<Check> checks = Host.checks(LoadedCollectors.PIN_ROOT, "rstat");
        Map<String, Check> byName = checks.stream().collect(Collectors.toMap(Check::name, Function.identity()));
        assertThat(checks)
                .filteredOn(Check::required)
                .allSatisfy(
                        check -> assertThat(check.status()).as(check.toString()).isEqualTo(Check.Status.FOUND));
        assertThat(byName.get("fentry on bpf_rstat_flush"))
                .extracting(Check::status)
                .isEqualTo(
                        LoadedCollectors.EXPECTED_MODE == FlushMode.RSTAT ? Check.Status.FOUND : Check.Status.MISSING);
        assertThat(checks)
                .filteredOn(check -> check.status() == Check.Status.MISSING)
                .allSatisfy(check -> {
                    assertThat(check.cost()).isNotEmpty();
                    assertThat(check.cure()).isNotEmpty();
                });
        assertThat(byName.get("collectors loaded"))
                .extracting(Check::detail)
                .asString()
                .contains(LoadedCollectors.EXPECTED_MODE.label());
    }

    @Test
    void everyAttachedProgramHasRunStatistics() {
        assertThat(LOADED.programs())
                .extracting(stats -> stats.collector() + "/" + stats.program())
                .contains("attach/attached", "attach/rstat_release", "runqueue/run", "runqueue/wakeup");
    }

    @Test
    void overheadCountsAsManyRunsAsThereWereEvents() throws Exception {
        AtomicLong moves = new AtomicLong();
        Process moved = new ProcessBuilder("sleep", "infinity").start();
        try (TestCgroup here = TestCgroup.create();
                TestCgroup there = TestCgroup.create()) {
            Thread mover = Thread.ofPlatform().start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    (moves.incrementAndGet() % 2 == 0 ? here : there).attach(moved.pid());
                }
            });
            Await.until("the process is moved", Duration.ofSeconds(10), () -> moves.get() > 0);
            long before = moves.get();
            List<Overhead> all = Overhead.measure(LoadedCollectors.PIN_ROOT, Duration.ofSeconds(1));
            long after = moves.get();
            mover.interrupt();
            mover.join();
            Overhead attach = all.stream()
                    .filter(collector -> collector.collector().equals("attach"))
                    .findFirst()
                    .orElseThrow();
            // The count begins and ends a little within these two looks, and whoever else is moved is counted, too.
            assertThat(attach.runs()).isBetween((after - before) * 0.3, (after - before) * 1.1);
            assertThat(attach.nanoseconds()).isBetween(10.0, 1e6);
        } finally {
            moved.destroyForcibly().waitFor();
        }
    }
}
