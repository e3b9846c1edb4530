// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.libbpf.BpfMap;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What the loader leaves behind about a collector, in the one element of a pinned map: a reader needs nothing but the pins, and a later
 * loader sees what it is about to replace.
 *
 * @param format of the maps, {@code RSTAT_FORMAT} of bpf/state.h
 * @param mode who flushes
 * @param store where the totals are
 * @param local whether per-CPU values are in cgroup local storage
 * @param cpus that the object was made for
 * @param object SHA-256 of the object, in hexadecimal
 * @param btf the object's BTF, which is the schema
 */
record CollectorRecord(
        int format, FlushMode mode, ResultStore store, boolean local, int cpus, String object, ByteBuffer btf) {
    /** {@code RSTAT_FORMAT}. */
    static final int FORMAT = 5;

    private static final int MAGIC = 0x74617372; // "rsat" on little-endian machines
    private static final int HASH_SIZE = 32;
    private static final int NUMBERS = 8 * Integer.BYTES;
    private static final int HEADER = NUMBERS + HASH_SIZE;

    static String hash(byte[] object) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(object));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    /** A new map that holds this record, not yet pinned. */
    BpfMap toMap() {
        int size = HEADER + btf.remaining();
        ByteBuffer value = BpfMap.buffer(size);
        value.putInt(MAGIC)
                .putInt(format)
                .putInt(mode == FlushMode.WALK ? 1 : 0)
                .putInt(btf.remaining())
                .putInt(store.number())
                .putInt(local ? 1 : 0)
                .putInt(cpus)
                .putInt(0);
        value.put(HexFormat.of().parseHex(object)).put(btf.duplicate()).flip();
        BpfMap map = BpfMap.createArray("rstat_record", size);
        map.put(BpfMap.buffer(Integer.BYTES), value);
        return map;
    }

    /**
     * @throws RstatException if another version of this program made it
     */
    static CollectorRecord of(BpfMap map) {
        ByteBuffer value = map.element(0);
        if (map.valueSize() < 8 || value.getInt(0) != MAGIC) {
            throw new RstatException("its record is not one of rstat's; start over: rstat unload, then rstat load");
        }
        int format = value.getInt(4);
        if (format != FORMAT) {
            throw new RstatException(
                    "it was loaded by another version of rstat (format %d, this one reads %d); load it again: rstat load"
                            .formatted(format, FORMAT));
        }
        byte[] object = new byte[HASH_SIZE];
        value.get(NUMBERS, object);
        return new CollectorRecord(
                format,
                value.getInt(8) == 1 ? FlushMode.WALK : FlushMode.RSTAT,
                ResultStore.of(value.getInt(16)),
                value.getInt(20) != 0,
                value.getInt(24),
                HexFormat.of().formatHex(object),
                value.slice(HEADER, value.getInt(12)));
    }

    CollectorSchema schema() {
        return CollectorSchema.of(types());
    }

    Btf types() {
        return Btf.parse(btf);
    }
}
