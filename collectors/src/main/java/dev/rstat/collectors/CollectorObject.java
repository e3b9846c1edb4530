// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A collector's object file as far as it must be understood before libbpf opens it: its schema, and where its BTF says how many CPUs
 * there are. Input is not trusted: whatever is wrong with it is an {@link RstatException}.
 */
final class CollectorObject {
    private static final int ELF_MAGIC = 0x464c457f; // little-endian
    private static final int MACHINE_BPF = 247;
    private static final int SECTION_HEADER_SIZE = 64;
    private static final byte[] BTF_SECTION = ".BTF\0".getBytes(StandardCharsets.US_ASCII);

    /** {@code BPF_LOCAL_STORAGE_MAX_VALUE_SIZE}: 64 KiB less the kernel's own header, whose size differs. */
    private static final int MAX_LOCAL_VALUE = 65_536 - 512;

    private static final int CACHE_LINE = 64;

    private final byte[] bytes;
    private final int btfOffset;
    private final Btf btf;
    private final CollectorSchema schema;

    private CollectorObject(byte[] bytes, int btfOffset, Btf btf) {
        this.bytes = bytes;
        this.btfOffset = btfOffset;
        this.btf = btf;
        this.schema = CollectorSchema.of(btf);
    }

    /**
     * @throws RstatException if it is no collector, saying why
     */
    static CollectorObject parse(byte[] bytes) {
        ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        try {
            if (elf.getInt(0) != ELF_MAGIC || elf.getShort(18) != MACHINE_BPF) {
                throw new RstatException("not a BPF object: compile it with clang -target bpf (rstat collector build)");
            }
            long headers = elf.getLong(40);
            int count = Short.toUnsignedInt(elf.getShort(60));
            int names = section(headers, Short.toUnsignedInt(elf.getShort(62)));
            for (int i = 0; i < count; i++) {
                int header = section(headers, i);
                if (isBtf(elf, names, elf.getInt(header))) {
                    int offset = Math.toIntExact(elf.getLong(header + 24));
                    int size = Math.toIntExact(elf.getLong(header + 32));
                    return new CollectorObject(bytes, offset, Btf.parse(elf.slice(offset, size)));
                }
            }
        } catch (IndexOutOfBoundsException | ArithmeticException damaged) {
            throw new RstatException("the object file is cut short or corrupt", damaged);
        }
        throw new RstatException("the object has no BTF: compile it with -g (rstat collector build)");
    }

    private static int section(long headers, int index) {
        return Math.toIntExact(headers + (long) index * SECTION_HEADER_SIZE);
    }

    /** By the section's name, of which no more is looked at: 65,535 sections may have one of the file's length. */
    private static boolean isBtf(ByteBuffer elf, int names, int offset) {
        int from = Math.addExact(Math.toIntExact(elf.getLong(names + 24)), offset);
        for (int i = 0; i < BTF_SECTION.length; i++) {
            if (elf.get(from + i) != BTF_SECTION[i]) {
                return false;
            }
        }
        return true;
    }

    Btf btf() {
        return btf;
    }

    CollectorSchema schema() {
        return schema;
    }

    /** Bytes of what one CPU keeps of a cgroup: {@code struct rstat_cell} of bpf/store.h. */
    int cellSize() {
        int size = (2 * schema.words() + 2) * Long.BYTES;
        return (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    }

    /** Whether cgroup local storage can hold what this number of CPUs keeps of a cgroup. */
    boolean fitsLocalStorage(int cpus) {
        return (long) cellSize() * cpus <= MAX_LOCAL_VALUE;
    }

    /** The object for this number of CPUs. It is in the type of a map's value, where no option of libbpf reaches. */
    byte[] forCpus(int cpus) {
        int at = btfOffset
                + btf.lengthOfMapValue("cells")
                        .orElseThrow(() -> new RstatException("not a collector: no map `cells` in this object"));
        byte[] copy = bytes.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder()).putInt(at, cpus);
        return copy;
    }
}
