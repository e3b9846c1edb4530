// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import java.util.List;

/**
 * A pattern for the paths of cgroups: {@code *} is anything but a slash, {@code ?} one character but a slash, {@code **} as a whole
 * component any number of components, none among them. All else stands for itself, brackets and braces as well.
 *
 * <p>Wildcards go back only to the last star, which suffices: what an earlier star could take, the last one can as well. So it takes
 * the length of the pattern times that of the path at most, whatever the pattern.
 */
final class CgroupGlob {
    private static final String ANY_COMPONENTS = "**";

    private final List<String> components;

    private CgroupGlob(List<String> components) {
        this.components = components;
    }

    /**
     * @throws IllegalArgumentException if it could match no path
     */
    static CgroupGlob parse(String pattern) {
        if (!pattern.startsWith("/") && !pattern.startsWith(ANY_COMPONENTS + "/")) {
            throw new IllegalArgumentException(
                    "`%s` matches no cgroup: paths start with /; write `/%s`, or `**/%s` for any depth"
                            .formatted(pattern, pattern, pattern));
        }
        if ((pattern.length() > 1 && pattern.endsWith("/")) || pattern.contains("//")) {
            throw new IllegalArgumentException(
                    "`%s` matches no cgroup: there is an empty name between, or after, its slashes".formatted(pattern));
        }
        List<String> components = components(pattern);
        for (String component : components) {
            if (component.contains(ANY_COMPONENTS) && !component.equals(ANY_COMPONENTS)) {
                throw new IllegalArgumentException("`%s` has `%s`: ** stands between slashes; within a name write *"
                        .formatted(pattern, component));
            }
        }
        return new CgroupGlob(components);
    }

    /** This, and whatever is below what it matches. */
    CgroupGlob withDescendants() {
        return parse("/" + String.join("/", components) + (components.isEmpty() ? "" : "/") + ANY_COMPONENTS);
    }

    /**
     * @param path of a cgroup, by its components
     */
    boolean matches(List<String> path) {
        int own = 0;
        int other = 0;
        int star = -1;
        int afterStar = 0;
        while (other < path.size()) {
            if (own < components.size() && components.get(own).equals(ANY_COMPONENTS)) {
                star = own++;
                afterStar = other;
            } else if (own < components.size() && matches(components.get(own), path.get(other))) {
                own++;
                other++;
            } else if (star >= 0) {
                own = star + 1;
                other = ++afterStar;
            } else {
                return false;
            }
        }
        while (own < components.size() && components.get(own).equals(ANY_COMPONENTS)) {
            own++;
        }
        return own == components.size();
    }

    private static boolean matches(String pattern, String name) {
        int own = 0;
        int other = 0;
        int star = -1;
        int afterStar = 0;
        while (other < name.length()) {
            char wanted = own < pattern.length() ? pattern.charAt(own) : '/';
            if (wanted == '*') {
                star = own++;
                afterStar = other;
            } else if (wanted == '?') {
                own++;
                other = name.offsetByCodePoints(other, 1);
            } else if (wanted == name.charAt(other)) {
                own++;
                other++;
            } else if (star >= 0) {
                own = star + 1;
                afterStar = name.offsetByCodePoints(afterStar, 1);
                other = afterStar;
            } else {
                return false;
            }
        }
        while (own < pattern.length() && pattern.charAt(own) == '*') {
            own++;
        }
        return own == pattern.length();
    }

    /** The names on a path; none for the root. */
    static List<String> components(String path) {
        String relative = path.startsWith("/") ? path.substring(1) : path;
        return relative.isEmpty() ? List.of() : List.of(relative.split("/", -1));
    }
}
