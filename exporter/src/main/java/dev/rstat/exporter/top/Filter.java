// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.selection.CgroupQuery;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Which cgroups somebody looks for: a pattern for whole paths, as {@code --cgroup.include} has them, if it begins as one and has a
 * wildcard; else a text that is somewhere in the path, in whatever case.
 */
record Filter(String text) {
    static final Filter NONE = new Filter("");

    boolean isEmpty() {
        return text.isEmpty();
    }

    /** Without its last character. */
    Filter withoutLast() {
        return new Filter(withoutLast(text));
    }

    static String withoutLast(String text) {
        return text.isEmpty() ? text : text.substring(0, text.offsetByCodePoints(text.length(), -1));
    }

    /**
     * Which cgroups match.
     *
     * @throws IllegalArgumentException if it is a pattern that can match nothing
     */
    boolean[] matches(List<Cgroup> cgroups) {
        boolean[] matches = new boolean[cgroups.size()];
        if (isPattern()) {
            int[] all = IntStream.range(0, matches.length).toArray();
            Arrays.stream(new CgroupQuery(List.of(text)).among(all, cgroups)).forEach(cgroup -> matches[cgroup] = true);
            return matches;
        }
        String wanted = text.toLowerCase(Locale.ROOT);
        for (int i = 0; i < matches.length; i++) {
            matches[i] = cgroups.get(i).path().toLowerCase(Locale.ROOT).contains(wanted);
        }
        return matches;
    }

    private boolean isPattern() {
        return (text.startsWith("/") || text.startsWith("**/")) && (text.contains("*") || text.contains("?"));
    }
}
