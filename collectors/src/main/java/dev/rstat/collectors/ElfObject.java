// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Whether bytes are an ELF object for BPF, and all of it. libbpf refuses what is not as well, but of a file that was cut short it says
 * "Invalid argument".
 */
final class ElfObject {
    private static final int MAGIC = 0x464c457f; // "\x7fELF" on little-endian machines
    private static final int HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int BIG_ENDIAN = 2;
    private static final int MACHINE_BPF = 247;
    private static final int WITHOUT_BYTES = 8; // SHT_NOBITS: a section such as .bss

    private ElfObject() {}

    /**
     * @throws RstatException that says what is wrong with it and how to make a good one
     */
    static void check(byte[] bytes) {
        String cure = "; build it again: rstat collector build NAME.bpf.c";
        if (bytes.length == 0) {
            throw new RstatException("the file is empty" + cure);
        }
        ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < Integer.BYTES || elf.getInt(0) != MAGIC) {
            throw new RstatException("the file is no BPF object (it does not start with \\x7fELF)" + cure);
        }
        if (bytes.length < HEADER) {
            throw new RstatException("the file is cut short, in its first %d bytes".formatted(HEADER) + cure);
        }
        int order = elf.get(5);
        int native0 = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? LITTLE_ENDIAN : BIG_ENDIAN;
        if (elf.get(4) != CLASS_64 || order != native0) {
            throw new RstatException("the file is an ELF object of a machine with another byte order or word" + cure);
        }
        elf.order(ByteOrder.nativeOrder());
        int machine = Short.toUnsignedInt(elf.getShort(18));
        if (machine != MACHINE_BPF) {
            throw new RstatException(
                    "the file is an ELF object for machine %d, not for BPF (%d)".formatted(machine, MACHINE_BPF)
                            + cure);
        }
        long needed = size(elf);
        if (needed > bytes.length) {
            throw new RstatException(
                    "the file is cut short: it has %d of %d bytes".formatted(bytes.length, needed) + cure);
        }
    }

    /** Bytes up to the end of what comes last, as far as the headers of sections are there to say so. */
    private static long size(ByteBuffer elf) {
        long headers = elf.getLong(0x28);
        int count = Short.toUnsignedInt(elf.getShort(0x3c));
        long end = headers + (long) count * SECTION_HEADER;
        // Where the addition overflows the headers lie nowhere: more than any file has.
        if (headers < 0 || end < headers || end > elf.limit()) {
            return end < headers || headers < 0 ? Long.MAX_VALUE : end;
        }
        for (int i = 0; i < count; i++) {
            int header = (int) headers + i * SECTION_HEADER;
            long offset = elf.getLong(header + 0x18);
            long size = elf.getLong(header + 0x20);
            if (elf.getInt(header + 4) != WITHOUT_BYTES) {
                end = Math.max(end, offset < 0 || size < 0 || offset + size < 0 ? Long.MAX_VALUE : offset + size);
            }
        }
        return end;
    }
}
