// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A collector's object with nothing in it but what is read before libbpf opens it. Real ones have 150 KiB, of which whoever changes a few
 * bytes hardly ever meets one that counts.
 */
final class SmallObject {
    private static final int INT = 1;
    private static final int POINTER = 2;
    private static final int ARRAY = 3;
    private static final int STRUCT = 4;
    private static final int VARIABLE = 14;
    private static final int DECL_TAG = 17;
    private static final int WORD_BITS = Long.SIZE;

    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private final List<int[]> types = new ArrayList<>();

    private SmallObject() {
        strings.write(0);
    }

    /** BTF as clang makes it of a collector with a counter and a histogram. */
    static byte[] btf() {
        SmallObject object = new SmallObject();
        int u64 = object.type("u64", INT, 0, Long.BYTES, WORD_BITS);
        int buckets = object.type("", ARRAY, 0, 0, u64, u64, Metric.Type.HISTOGRAM.words());
        int histogram = object.struct("rstat_histogram", Metric.Type.HISTOGRAM.words(), "buckets", buckets, 0);
        int small = object.struct(
                "small", 1 + Metric.Type.HISTOGRAM.words(), "events", u64, 0, "delay", histogram, WORD_BITS);
        int total = object.struct("rstat_total", 1 + Metric.Type.HISTOGRAM.words(), "total", small, 0);
        object.tag("rstat:format=" + CollectorRecord.FORMAT, total, -1);
        object.tag("rstat:description=Small", total, -1);
        object.tag("rstat:name=cgroup_small_events_total", small, 0);
        object.tag("rstat:type=counter", small, 0);
        object.tag("rstat:help=Events.", small, 0);
        object.tag("rstat:label=kind=\"some\"", small, 0);
        object.tag("rstat:name=cgroup_small_delay_seconds", small, 1);
        object.tag("rstat:type=histogram", small, 1);
        object.tag("rstat:unit=ns", small, 1);
        object.tag("rstat:help=Delays.", small, 1);
        int cells = object.type("", ARRAY, 0, 0, total, u64, 1);
        int pointer = object.type("", POINTER, 0, cells);
        int map = object.struct("", 1, "value", pointer, 0);
        object.type("cells", VARIABLE, 0, map, 1);
        return object.bytes();
    }

    /** An ELF object with that, and the names of its sections, in three of them. */
    static byte[] elf() {
        byte[] btf = btf();
        byte[] names = "\0.BTF\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
        int headers = 64 + btf.length + names.length;
        ByteBuffer elf = ByteBuffer.allocate(headers + 3 * 64).order(ByteOrder.nativeOrder());
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) (elf.order() == ByteOrder.LITTLE_ENDIAN ? 1 : 2), 1});
        elf.putShort(16, (short) 1).putShort(18, (short) 247).putLong(40, headers);
        elf.putShort(58, (short) 64).putShort(60, (short) 3).putShort(62, (short) 2);
        elf.position(64).put(btf).put(names);
        section(elf, headers + 64, 1, 64, btf.length);
        section(elf, headers + 128, 6, 64 + btf.length, names.length);
        return elf.array();
    }

    private static void section(ByteBuffer elf, int header, int name, long offset, long size) {
        elf.putInt(header, name).putInt(header + 4, 1).putLong(header + 24, offset);
        elf.putLong(header + 32, size);
    }

    private int string(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        int at = strings.size();
        strings.writeBytes((text + "\0").getBytes(StandardCharsets.UTF_8));
        return at;
    }

    private int type(String name, int kind, int elements, int sizeOrType, int... rest) {
        int[] words = new int[3 + rest.length];
        words[0] = string(name);
        words[1] = kind << 24 | elements;
        words[2] = sizeOrType;
        System.arraycopy(rest, 0, words, 3, rest.length);
        types.add(words);
        return types.size();
    }

    /** Fields are a name, a type and an offset in bits. */
    private int struct(String name, int words, Object... fields) {
        int[] rest = new int[fields.length];
        for (int i = 0; i < fields.length; i++) {
            rest[i] = fields[i] instanceof String text ? string(text) : (int) fields[i];
        }
        return type(name, STRUCT, fields.length / 3, words * Long.BYTES, rest);
    }

    private void tag(String text, int type, int field) {
        type(text, DECL_TAG, 0, type, field);
    }

    private byte[] bytes() {
        int length =
                types.stream().mapToInt(words -> words.length * Integer.BYTES).sum();
        ByteBuffer btf = ByteBuffer.allocate(24 + length + strings.size()).order(ByteOrder.nativeOrder());
        btf.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        btf.putInt(0).putInt(length).putInt(length).putInt(strings.size());
        types.forEach(words -> {
            for (int word : words) {
                btf.putInt(word);
            }
        });
        btf.put(strings.toByteArray());
        return btf.array();
    }
}
