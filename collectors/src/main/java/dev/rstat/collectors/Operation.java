// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What somebody may be granted with the program that a collector's files are made from: bpf/policy.h. */
public enum Operation {
    /** Take the program from where it is pinned. */
    OBJ_GET(1),
    /** Attach it to a cgroup. */
    LINK_CREATE(2),
    /** Make a file of that. */
    OBJ_PIN(4),
    /** Read such a file. */
    ITER_CREATE(8),
    /** Read about cgroups that somebody else owns. */
    SEE(16);

    private final int bit;

    Operation(int bit) {
        this.bit = bit;
    }

    /** As on the command line: the names of bpf(2). */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @throws RstatException if there is none of that name
     */
    public static Operation of(String label) {
        return Arrays.stream(values())
                .filter(operation -> operation.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new RstatException("there is no operation `%s`; there are: %s"
                        .formatted(
                                label,
                                Arrays.stream(values()).map(Operation::label).collect(Collectors.joining(", ")))));
    }

    /** All that making and reading files of one's own takes. */
    public static Set<Operation> ofFiles() {
        return EnumSet.complementOf(EnumSet.of(SEE));
    }

    static int bits(Set<Operation> operations) {
        return operations.stream().mapToInt(operation -> operation.bit).sum();
    }

    static Set<Operation> of(int bits) {
        Set<Operation> operations = EnumSet.noneOf(Operation.class);
        for (Operation operation : values()) {
            if ((bits & operation.bit) != 0) {
                operations.add(operation);
            }
        }
        return operations;
    }
}
