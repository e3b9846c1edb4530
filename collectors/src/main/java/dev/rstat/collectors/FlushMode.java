// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.Locale;

/** Who adds up per-CPU values over the hierarchy. The totals are the same. */
public enum FlushMode {
    /** The kernel's rstat tree, through a fentry program on {@code bpf_rstat_flush}: idle cgroups cost nothing. */
    RSTAT,
    /** An iterator over all cgroups, where the kernel refuses fentry: cost O(cgroups x CPUs) per flush. */
    WALK;

    /** The name in logs, metrics and options: {@code rstat} or {@code walk}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
