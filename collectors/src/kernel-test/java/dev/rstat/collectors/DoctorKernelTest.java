// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
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
}
