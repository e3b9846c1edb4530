// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import java.nio.ByteBuffer;

/** Where the fields of {@code struct rstat_state} are, as the object's BTF has it. Offsets are in bytes. */
record StateLayout(
        int sequence,
        int unpropagated,
        int flushes,
        int flushNanoseconds,
        int lostEvents,
        int misplacedEvents,
        int spilledEvents,
        int missingTotals,
        int slots,
        int window,
        int began) {
    static StateLayout of(Btf types) {
        Btf.Struct state = types.struct("rstat_state")
                .orElseThrow(() -> new RstatException("not a collector: no struct rstat_state in this object"));
        return new StateLayout(
                offset(state, "sequence"),
                offset(state, "unpropagated"),
                offset(state, "flushes"),
                offset(state, "flush_ns"),
                offset(state, "lost_events"),
                offset(state, "misplaced_events"),
                offset(state, "spilled_events"),
                offset(state, "missing_totals"),
                offset(state, "slots"),
                offset(state, "window"),
                offset(state, "began"));
    }

    private static int offset(Btf.Struct struct, String field) {
        return struct.fields().stream()
                .filter(f -> f.name().equals(field))
                .findFirst()
                .orElseThrow(
                        () -> new RstatException("not a collector: struct rstat_state has no `%s`".formatted(field)))
                .offset();
    }

    long sequence(ByteBuffer state) {
        return state.getLong(sequence);
    }

    /** No flush is under way, and no cgroup holds counts that its parent has not been given. */
    boolean isSettled(ByteBuffer state) {
        return (sequence(state) & 1) == 0 && state.getLong(unpropagated) == 0;
    }

    /** Slots of an array of totals that have been used. */
    int slots(ByteBuffer state) {
        return Math.toIntExact(state.getLong(slots));
    }

    /** When all totals were 0, in nanoseconds since boot. */
    long began(ByteBuffer state) {
        return state.getLong(began);
    }

    CollectorState state(ByteBuffer state, int entries, int maxEntries) {
        return new CollectorState(
                state.getLong(flushes),
                state.getLong(flushNanoseconds),
                state.getLong(lostEvents),
                state.getLong(misplacedEvents),
                state.getLong(spilledEvents),
                state.getLong(missingTotals),
                state.getLong(window),
                entries,
                maxEntries);
    }
}
