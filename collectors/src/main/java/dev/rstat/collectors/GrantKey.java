// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** How the map has grants: {@code struct rstat_grant} and {@code struct rstat_granted} of bpf/policy.h. */
final class GrantKey {
    private static final int SUBJECT = 0;
    private static final int SEEN = 8;
    private static final int KIND = 16;
    private static final int PROGRAM = 24;
    static final int PROGRAM_LENGTH = 32;
    private static final int KEY_SIZE = PROGRAM + PROGRAM_LENGTH;
    private static final int OPERATIONS = 0;
    private static final int LEVEL = 4;
    private static final int SEEN_LEVEL = 8;
    private static final int VALUE_SIZE = 16;

    private GrantKey() {}

    /** A collector's name as programs compare it. Longer ones that begin alike would be one. */
    static byte[] program(String collector) {
        byte[] name = collector.getBytes(StandardCharsets.UTF_8);
        if (name.length >= PROGRAM_LENGTH) {
            throw new RstatException("`%s` is too long for a collector's name; give it one of less than %d bytes"
                    .formatted(collector, PROGRAM_LENGTH));
        }
        byte[] padded = new byte[PROGRAM_LENGTH];
        System.arraycopy(name, 0, padded, 0, name.length);
        return padded;
    }

    static ByteBuffer of(Grant grant) {
        return BpfMap.buffer(KEY_SIZE)
                .putLong(SUBJECT, grant.subject().id())
                .putLong(SEEN, grant.seen().orElse(0))
                .putLong(KIND, grant.subject().kind().number())
                .put(PROGRAM, program(grant.program().orElse("")));
    }

    static ByteBuffer value(Grant grant) {
        Subject subject = grant.subject();
        return BpfMap.buffer(VALUE_SIZE)
                .putInt(OPERATIONS, Operation.bits(grant.operations()))
                .putInt(LEVEL, subject.kind() == Subject.Kind.CGROUP ? Cgroups.level(subject.id()) : 0)
                .putInt(
                        SEEN_LEVEL,
                        grant.seen().isPresent() ? Cgroups.level(grant.seen().getAsLong()) : 0);
    }

    static ByteBuffer emptyValue() {
        return BpfMap.buffer(VALUE_SIZE);
    }

    static Set<Operation> operations(ByteBuffer value) {
        return Operation.of(value.getInt(OPERATIONS));
    }

    static Grant grant(ByteBuffer key, ByteBuffer value) {
        byte[] name = new byte[PROGRAM_LENGTH];
        key.get(PROGRAM, name);
        String program = new String(name, StandardCharsets.UTF_8).replace("\0", "");
        long seen = key.getLong(SEEN);
        return new Grant(
                new Subject(Subject.Kind.of(key.getLong(KIND)), key.getLong(SUBJECT)),
                program.isEmpty() ? Optional.empty() : Optional.of(program),
                EnumSet.copyOf(operations(value)),
                seen == 0 ? OptionalLong.empty() : OptionalLong.of(seen));
    }
}
