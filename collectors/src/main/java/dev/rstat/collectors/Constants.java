// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * What the loader tells an object before the verifier looks at it: the {@code const volatile} variables of bpf/state.h, bpf/combine.h,
 * bpf/visible.h, bpf/policy.h and bpf/kernel.h.
 */
record Constants(
        KernelBtf kernel,
        CollectorSchema schema,
        FlushMode mode,
        ResultStore store,
        boolean local,
        Duration window,
        int serviceUid) {
    private static final String HAS = "has_";
    private static final String ARGUMENTS = "args_";

    private static final int KEY_LENGTH = 56;
    private static final long KEY_STARTS = 1;
    private static final long KEY_CUMULATIVE = 2;
    private static final long KEY_SIGNED = 4;
    private static final long KEY_MAX = 8;
    private static final long KEY_TOP = 16;
    private static final long KEY_PART = 32;
    private static final long KEY_ENDS = 64;
    private static final long KEY_NS = 128;
    private static final long KEY_BYTES = 256;

    /** {@code struct rstat_key}: the name, the flags, a bound. */
    private static final int KEY_SIZE = KEY_LENGTH + 2 * Long.BYTES;

    private static final byte KIND_SUM = 0;
    private static final byte KIND_MAX = 1;
    private static final byte KIND_TOP = 2;
    private static final byte KIND_PART = 3;
    private static final byte KIND_OWN = 4;

    void set(BpfObject object) {
        for (Btf.Variable constant : object.constants()) {
            byte[] value = value(constant);
            if (value.length > 0) {
                object.setConstant(constant, value);
            }
        }
    }

    /** Empty for a constant that is none of the loader's. */
    private byte[] value(Btf.Variable constant) {
        String name = constant.name();
        if (name.startsWith(HAS)) {
            return flag(kernel.hasFunction(name.substring(HAS.length())));
        }
        if (name.startsWith(ARGUMENTS)) {
            return number(kernel.tracepointArguments(name.substring(ARGUMENTS.length()))
                    .orElse(0));
        }
        return switch (name) {
            case "rstat_walk" -> flag(mode == FlushMode.WALK);
            case "rstat_nr_cpus" -> possibleCpus();
            case "rstat_service_uid" -> number(serviceUid);
            case "rstat_store" -> number(store.number());
            case "rstat_local" -> flag(local);
            case "rstat_window_ns" ->
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putLong(window.toNanos())
                        .array();
            case "rstat_program" -> GrantKey.program(schema.name());
            case "rstat_keys" -> keys(constant.size());
            case "rstat_kinds" -> kinds(constant.size());
            default -> new byte[0];
        };
    }

    private static byte[] flag(boolean value) {
        return new byte[] {(byte) (value ? 1 : 0)};
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    static byte[] possibleCpus() {
        return number(Native.bpf().libbpf_num_possible_cpus());
    }

    /** How each word is put together. */
    private byte[] kinds(int size) {
        byte[] kinds = new byte[size];
        for (Metric metric : schema.metrics()) {
            byte first = metric.ownFlush()
                    ? KIND_OWN
                    : switch (metric.type()) {
                        case COUNTER, GAUGE, HISTOGRAM -> KIND_SUM;
                        case MAX -> KIND_MAX;
                        case TOP -> KIND_TOP;
                    };
            boolean whole = first == KIND_SUM || first == KIND_OWN;
            for (int word = 0; word < metric.type().words(); word++) {
                kinds[metric.firstWord() + word] = word == 0 || whole ? first : KIND_PART;
            }
        }
        return kinds;
    }

    /** How stats files name each word. */
    private byte[] keys(int size) {
        ByteBuffer keys = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        for (Metric metric : schema.metrics()) {
            String unit = metric.unit().suffix();
            String suffix = unit.isEmpty() ? "" : "_" + unit;
            int first = metric.firstWord();
            switch (metric.type()) {
                case COUNTER -> key(keys, first, metric.field(), 0);
                case GAUGE -> key(keys, first, metric.field() + suffix, KEY_SIGNED);
                case MAX -> key(keys, first, metric.field() + suffix, KEY_MAX);
                case TOP -> key(keys, first, metric.field() + suffix, KEY_TOP);
                case HISTOGRAM -> {
                    key(keys, first, metric.field() + "_sum" + suffix, 0);
                    for (int bucket = 0; bucket < Metric.BUCKETS - 1; bucket++) {
                        long bound = metric.upperBoundFloor(bucket);
                        key(
                                keys,
                                first + 1 + bucket,
                                metric.field() + "_le_" + bound + unit,
                                KEY_CUMULATIVE | (bucket == 0 ? KEY_STARTS : 0));
                        keys.putLong((first + 1 + bucket) * KEY_SIZE + KEY_LENGTH + Long.BYTES, bound);
                    }
                    long flag = switch (metric.unit()) {
                        case NANOSECONDS -> KEY_NS;
                        case BYTES -> KEY_BYTES;
                        case NONE -> 0;
                    };
                    key(keys, first + Metric.BUCKETS, metric.field(), KEY_CUMULATIVE | KEY_ENDS | flag);
                }
            }
            if (metric.type() == Metric.Type.MAX || metric.type() == Metric.Type.TOP) {
                for (int word = 1; word < metric.type().words(); word++) {
                    key(keys, first + word, "", KEY_PART);
                }
            }
        }
        return keys.array();
    }

    private static void key(ByteBuffer keys, int word, String name, long flags) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int at = word * KEY_SIZE;
        keys.put(at, text, 0, Math.min(text.length, KEY_LENGTH - 1));
        keys.putLong(at + KEY_LENGTH, flags);
    }
}
