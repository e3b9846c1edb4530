// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What somebody may do with the programs that stats files are made from.
 *
 * @param program a collector's name; empty: all, those to come included
 * @param operations at least one
 * @param seen the id of the cgroup that {@link Operation#SEE} is about, with those below it: there if and only if that is the operation
 */
public record Grant(Subject subject, Optional<String> program, Set<Operation> operations, OptionalLong seen) {
    public Grant {
        operations = Set.copyOf(operations);
        if (operations.isEmpty() || seen.isPresent() != operations.equals(EnumSet.of(Operation.SEE))) {
            throw new IllegalArgumentException(operations + " of " + seen);
        }
    }

    /** To make and read files of one's own. */
    public static Grant ofFiles(Subject subject, Optional<String> program, Set<Operation> operations) {
        return new Grant(subject, program, operations, OptionalLong.empty());
    }

    /** To read about a cgroup and those below it, whoever owns them. */
    public static Grant ofSeeing(Subject subject, Optional<String> program, long cgroup) {
        return new Grant(subject, program, EnumSet.of(Operation.SEE), OptionalLong.of(cgroup));
    }

    boolean isAbout(String collector) {
        return program.isEmpty() || program.get().equals(collector);
    }

    /** The cgroup that may be seen; empty if the grant is about another operation. */
    public Optional<String> seenPath() {
        return seen.isPresent() ? Optional.of(Cgroups.name(seen.getAsLong())) : Optional.empty();
    }

    /** The operations' names, in their order. */
    public String labels() {
        return EnumSet.copyOf(operations).stream().map(Operation::label).collect(Collectors.joining(","));
    }

    @Override
    public String toString() {
        return "%s %s %s%s"
                .formatted(
                        subject,
                        program.orElse("all"),
                        labels(),
                        seenPath().map(" "::concat).orElse(""));
    }
}
