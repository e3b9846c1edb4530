// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Recorded from libbpf 1.1 on the kernels named. */
class LoadFailureTest {
    @Test
    void theVerifiersObjectionIsTheSummaryOn612() {
        assertThat(new LoadFailure(
                                -13,
                                List.of(
                                        "libbpf: prog 'run': BPF program load failed: Permission denied",
                                        "libbpf: prog 'run': -- BEGIN PROG LOAD LOG --",
                                        "0: R1=ctx() R10=fp0",
                                        "; return *(volatile int *)(long)cgroup_id(cgrp);",
                                        "71: (79) r1 = *(u64 *)(r1 +0)",
                                        "R1 invalid mem access 'scalar'",
                                        "processed 62 insns (limit 1000000) max_states_per_insn 0 total_states 3 peak_states 3 mark_read 2",
                                        "-- END PROG LOAD LOG --",
                                        "libbpf: prog 'run': failed to load: -13",
                                        "libbpf: failed to load object 'refused'"))
                        .summary())
                .isEqualTo("program run: Permission denied (errno 13): R1 invalid mem access 'scalar'");
    }

    @Test
    void theMarkedObjectionIsTheSummaryOn73() {
        assertThat(new LoadFailure(
                                -22,
                                List.of(
                                        "libbpf: prog 'run': BPF program load failed: Invalid argument",
                                        "libbpf: prog 'run': -- BEGIN PROG LOAD LOG --",
                                        "  >>> 31 |                 css_rstat_updated(&cgrp->self, bpf_get_smp_processor_id());",
                                        "         |                 ^-- error: invalid first argument (R1) for css_rstat_updated",
                                        "Suggestion:",
                                        "  Pass a pointer acquired from a verifier-tracked source.",
                                        "processed 170 insns (limit 1000000) max_states_per_insn 0",
                                        "-- END PROG LOAD LOG --"))
                        .summary())
                .isEqualTo(
                        "program run: Invalid argument (errno 22): invalid first argument (R1) for css_rstat_updated");
    }

    @Test
    void aRefusalWithoutALogIsItsErrorOnly() {
        assertThat(new LoadFailure(
                                -1,
                                List.of(
                                        "libbpf: prog 'probe_rstat': BPF program load failed: Operation not permitted",
                                        "libbpf: permission error while running as root; try raising 'ulimit -l'? current value: 8.0 MiB",
                                        "libbpf: prog 'probe_rstat': failed to load: -1"))
                        .summary())
                .isEqualTo("program probe_rstat: Operation not permitted (errno 1)");
    }
}
