// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.List;
import java.util.SortedMap;

/**
 * What was loaded.
 *
 * @param mode who flushes
 * @param modeReason why, in a few words
 * @param store where the totals are
 * @param collectors the names of those that run
 * @param refused those that do not, and why
 * @param files stats files there are now
 */
public record LoadReport(
        FlushMode mode,
        String modeReason,
        ResultStore store,
        List<String> collectors,
        SortedMap<String, String> refused,
        int files) {}
