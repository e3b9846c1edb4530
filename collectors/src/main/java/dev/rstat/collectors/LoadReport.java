// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.List;

/**
 * What was loaded.
 *
 * @param mode who flushes
 * @param modeReason why, in a few words
 * @param collectors their names
 * @param files stats files there are now
 */
public record LoadReport(FlushMode mode, String modeReason, List<String> collectors, int files) {}
