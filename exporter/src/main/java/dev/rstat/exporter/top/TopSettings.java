// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import java.util.List;

/**
 * What to look at first.
 *
 * @param sort the key of a stat; empty for the one that hurts first
 * @param filter a text or a pattern; empty for all
 * @param depth cgroups of this depth are closed, or the last that are shown
 */
public record TopSettings(String sort, String filter, int depth) {
    /**
     * @throws IllegalArgumentException if the filter is a pattern that could match nothing, or the depth is negative
     */
    public TopSettings {
        if (depth < 0) {
            throw new IllegalArgumentException("the depth is at least 0, not " + depth);
        }
        new Filter(filter).matches(List.of());
    }

    TopState state(Styles styles) {
        return new TopState(sort, new Filter(filter), depth, styles);
    }
}
