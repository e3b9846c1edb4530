// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * What the files agent has done since it started.
 *
 * @param events of cgroups that came and went, as told by the kernel
 * @param dropped events that found the kernel's ring full; a look at all cgroups made up for them
 * @param rescans looks at all cgroups
 * @param files there were after the last of those
 * @param made files made since, for cgroups that came
 * @param unnamed cgroups that came and can have no files: their names are too long once escaped, or not UTF-8
 * @param unfound cgroups that came, as told by the kernel, and could not be found within a minute
 * @param dying cgroups whose directories went and that the kernel has not freed yet
 * @param failures times it had to begin anew
 */
public record FilesAgentState(
        long events,
        long dropped,
        long rescans,
        long files,
        long made,
        long unnamed,
        long unfound,
        long dying,
        long failures) {
    /** Of one that has done nothing yet. */
    public static final FilesAgentState START = new FilesAgentState(0, 0, 0, 0, 0, 0, 0, 0, 0);

    FilesAgentState event() {
        return new FilesAgentState(events + 1, dropped, rescans, files, made, unnamed, unfound, dying, failures);
    }

    FilesAgentState dropped(long more) {
        return new FilesAgentState(events, dropped + more, rescans, files, made, unnamed, unfound, dying, failures);
    }

    FilesAgentState rescanned(long found) {
        return new FilesAgentState(events, dropped, rescans + 1, found, made, unnamed, unfound, dying, failures);
    }

    FilesAgentState made(long more) {
        return new FilesAgentState(events, dropped, rescans, files, made + more, unnamed, unfound, dying, failures);
    }

    FilesAgentState withUnnamed() {
        return new FilesAgentState(events, dropped, rescans, files, made, unnamed + 1, unfound, dying, failures);
    }

    FilesAgentState withUnfound() {
        return new FilesAgentState(events, dropped, rescans, files, made, unnamed, unfound + 1, dying, failures);
    }

    FilesAgentState dying(long now) {
        return new FilesAgentState(events, dropped, rescans, files, made, unnamed, unfound, now, failures);
    }

    FilesAgentState failed() {
        return new FilesAgentState(events, dropped, rescans, files, made, unnamed, unfound, dying, failures + 1);
    }
}
