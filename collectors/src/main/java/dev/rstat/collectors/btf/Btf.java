// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.btf;

import dev.rstat.RstatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The types in a blob of BTF. Only what this project asks for is decoded, on demand: a kernel's blob has 150,000 types.
 *
 * <p>The format is Documentation/bpf/btf.rst of the kernel. Input is not trusted: whatever is wrong with it is an {@link RstatException}.
 */
public final class Btf {
    private static final int MAGIC = 0xeb9f;
    private static final int TYPE_HEADER = 12;

    private static final int INT = 1;
    private static final int POINTER = 2;
    private static final int ARRAY = 3;
    private static final int STRUCT = 4;
    private static final int UNION = 5;
    private static final int ENUM = 6;
    private static final int FORWARD = 7;
    private static final int TYPEDEF = 8;
    private static final int VOLATILE = 9;
    private static final int CONST = 10;
    private static final int RESTRICT = 11;
    private static final int FUNCTION = 12;
    private static final int PROTOTYPE = 13;
    private static final int VARIABLE = 14;
    private static final int SECTION = 15;
    private static final int FLOAT = 16;
    private static final int DECL_TAG = 17;
    private static final int TYPE_TAG = 18;
    private static final int ENUM64 = 19;

    /** Depth at which a chain of typedefs, qualifiers or arrays is taken for a loop. */
    private static final int MAX_CHAIN = 32;

    /** Bytes. The kernel's names have 511 at most, tags are sentences; a hundred thousand types may have the same string. */
    private static final int MAX_STRING = 4096;

    private final ByteBuffer blob;
    private final int strings;
    private final int stringsEnd;
    private final int[] types;

    /** A struct's field. {@code offset} and {@code size} are in bytes. */
    public record Field(String name, int type, int offset, int size) {}

    /** A struct by the id of its type. */
    public record Struct(int id, String name, int size, List<Field> fields) {}

    /** A variable of a section. */
    public record Variable(String name, int offset, int size) {}

    private Btf(ByteBuffer blob, int strings, int stringsEnd, int[] types) {
        this.blob = blob;
        this.strings = strings;
        this.stringsEnd = stringsEnd;
        this.types = types;
    }

    /**
     * @param blob from position 0 to its limit, in this machine's byte order
     * @throws RstatException if it is not BTF, or has kinds of types that this reader does not know
     */
    public static Btf parse(ByteBuffer blob) {
        return checked(() -> index(blob.slice().order(ByteOrder.nativeOrder())));
    }

    /** Offsets and sizes in a damaged blob lead anywhere: out of it, or out of int. */
    private static <T> T checked(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IndexOutOfBoundsException | ArithmeticException damaged) {
            throw new RstatException("BTF is cut short or corrupt", damaged);
        }
    }

    private static Btf index(ByteBuffer blob) {
        if (Short.toUnsignedInt(blob.getShort(0)) != MAGIC) {
            throw new RstatException("not BTF, or BTF of a machine with another byte order");
        }
        int header = blob.getInt(4);
        int start = Math.addExact(header, blob.getInt(8));
        int end = Math.addExact(start, blob.getInt(12));
        int strings = Math.addExact(header, blob.getInt(16));
        int stringsEnd = Math.addExact(strings, blob.getInt(20));
        if (header < 24 || start < header || end < start || strings < header || stringsEnd < strings) {
            throw new RstatException("BTF header is corrupt");
        }
        if (end > blob.limit() || stringsEnd > blob.limit()) {
            throw new RstatException("BTF is cut short");
        }
        int[] types = new int[Math.max(16, (end - start) / 16)];
        int count = 1; // type 0 is void
        for (int at = start; at < end; at += length(blob, at)) {
            if (count == types.length) {
                types = java.util.Arrays.copyOf(types, count * 2);
            }
            types[count++] = at;
        }
        return new Btf(blob, strings, stringsEnd, java.util.Arrays.copyOf(types, count));
    }

    private static int length(ByteBuffer blob, int at) {
        int information = blob.getInt(at + 4);
        int elements = information & 0xffff;
        return TYPE_HEADER
                + switch (kind(information)) {
                    case POINTER, FORWARD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNCTION, FLOAT, TYPE_TAG -> 0;
                    case INT, VARIABLE, DECL_TAG -> 4;
                    case ARRAY -> 12;
                    case ENUM, PROTOTYPE -> elements * 8;
                    case STRUCT, UNION, SECTION, ENUM64 -> elements * 12;
                    default ->
                        throw new RstatException(
                                "BTF has types of a kind this program does not know (%d): it is newer than this program, or corrupt"
                                        .formatted(kind(information)));
                };
    }

    private static int kind(int information) {
        return information >>> 24 & 0x1f;
    }

    private int kindOf(int type) {
        return type == 0 ? 0 : kind(blob.getInt(at(type) + 4));
    }

    private int at(int type) {
        if (type <= 0 || type >= types.length) {
            throw new RstatException("BTF refers to a type it does not have (%d)".formatted(type));
        }
        return types[type];
    }

    private int elements(int type) {
        return blob.getInt(at(type) + 4) & 0xffff;
    }

    private String name(int type) {
        return string(blob.getInt(at(type)));
    }

    private String string(int offset) {
        int from = strings + offset;
        if (offset < 0 || from >= stringsEnd) {
            throw new RstatException("BTF refers to a string it does not have");
        }
        int to = from;
        while (to < stringsEnd && blob.get(to) != 0) {
            if (to - from == MAX_STRING) {
                throw new RstatException("BTF has a string of more than %d bytes".formatted(MAX_STRING));
            }
            to++;
        }
        byte[] bytes = new byte[to - from];
        blob.get(from, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Follows typedefs and qualifiers. */
    private int resolve(int type) {
        for (int i = 0; i < MAX_CHAIN; i++) {
            switch (kindOf(type)) {
                case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> type = blob.getInt(at(type) + 8);
                default -> {
                    return type;
                }
            }
        }
        throw new RstatException("BTF has a type that refers to itself");
    }

    private int size(int type) {
        long factor = 1;
        for (int i = 0; i < MAX_CHAIN; i++) {
            type = resolve(type);
            switch (kindOf(type)) {
                case INT, STRUCT, UNION, ENUM, ENUM64, FLOAT, SECTION -> {
                    return Math.toIntExact(factor * blob.getInt(at(type) + 8));
                }
                case POINTER -> {
                    return Math.toIntExact(factor * Long.BYTES);
                }
                case ARRAY -> {
                    factor = Math.multiplyExact(factor, blob.getInt(at(type) + TYPE_HEADER + 8));
                    type = blob.getInt(at(type) + TYPE_HEADER);
                }
                default -> {
                    return 0;
                }
            }
        }
        throw new RstatException("BTF has a type that refers to itself");
    }

    /** The struct of this name. */
    public Optional<Struct> struct(String name) {
        return checked(() -> find(STRUCT, name).map(this::struct));
    }

    /** The struct that a field is, if it is one. */
    public Optional<Struct> struct(Field field) {
        return checked(() -> {
            int type = resolve(field.type());
            return kindOf(type) == STRUCT ? Optional.of(struct(type)) : Optional.empty();
        });
    }

    /** Whether a field is an unsigned integer of 64 bits. */
    public boolean isU64(Field field) {
        return checked(() -> {
            int type = resolve(field.type());
            boolean signed = kindOf(type) == INT && (blob.getInt(at(type) + TYPE_HEADER) >>> 24 & 1) != 0;
            return kindOf(type) == INT && !signed && size(type) == Long.BYTES;
        });
    }

    private Optional<Integer> find(int kind, String name) {
        for (int type = 1; type < types.length; type++) {
            if (kindOf(type) == kind && name(type).equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    private Struct struct(int type) {
        List<Field> fields = new ArrayList<>();
        boolean bitFields = blob.getInt(at(type) + 4) < 0;
        for (int i = 0; i < elements(type); i++) {
            int at = at(type) + TYPE_HEADER + i * 12;
            int fieldType = blob.getInt(at + 4);
            int offset = blob.getInt(at + 8);
            int bits = bitFields ? offset & 0xffffff : offset;
            fields.add(new Field(string(blob.getInt(at)), fieldType, bits / 8, size(fieldType)));
        }
        return new Struct(type, name(type), blob.getInt(at(type) + 8), List.copyOf(fields));
    }

    /**
     * The {@code btf_decl_tag}s of a type or of one of its fields.
     *
     * @param field its index among the fields, or -1 for the tags of the type itself
     */
    public List<String> tags(int type, int field) {
        return checked(() -> tagsOf(type, field));
    }

    private List<String> tagsOf(int type, int field) {
        List<String> tags = new ArrayList<>();
        for (int tag = 1; tag < types.length; tag++) {
            if (kindOf(tag) == DECL_TAG
                    && blob.getInt(at(tag) + 8) == type
                    && blob.getInt(at(tag) + TYPE_HEADER) == field) {
                tags.add(name(tag));
            }
        }
        return tags;
    }

    /** The variables of a section such as {@code .rodata}; none if there is no such section. */
    public List<Variable> variables(String section) {
        return checked(() -> find(SECTION, section).map(this::variablesOf).orElse(List.of()));
    }

    private List<Variable> variablesOf(int type) {
        List<Variable> variables = new ArrayList<>();
        for (int i = 0; i < elements(type); i++) {
            int at = at(type) + TYPE_HEADER + i * 12;
            variables.add(new Variable(name(blob.getInt(at)), blob.getInt(at + 4), blob.getInt(at + 8)));
        }
        return variables;
    }

    /** The names of all functions. */
    public Set<String> functions() {
        return checked(() -> {
            Set<String> names = new HashSet<>();
            for (int type = 1; type < types.length; type++) {
                if (kindOf(type) == FUNCTION) {
                    names.add(name(type));
                }
            }
            return names;
        });
    }

    /**
     * How many parameters each typedef of a pointer to a function has.
     *
     * @param prefix of the typedefs wanted; the names returned are without it
     */
    public Map<String, Integer> callbackParameters(String prefix) {
        return checked(() -> {
            Map<String, Integer> parameters = new HashMap<>();
            for (int type = 1; type < types.length; type++) {
                if (kindOf(type) == TYPEDEF && name(type).startsWith(prefix)) {
                    int pointer = resolve(type);
                    int target = kindOf(pointer) == POINTER ? resolve(blob.getInt(at(pointer) + 8)) : 0;
                    if (kindOf(target) == PROTOTYPE) {
                        parameters.put(name(type).substring(prefix.length()), elements(target));
                    }
                }
            }
            return parameters;
        });
    }

    /**
     * Where in the blob the length of the array is that a map, as libbpf describes maps, has as its value.
     *
     * @return empty if there is no such map, or its value is no array
     */
    public OptionalInt lengthOfMapValue(String map) {
        return checked(() -> {
            for (int type = 1; type < types.length; type++) {
                if (kindOf(type) == VARIABLE && name(type).equals(map)) {
                    int definition = resolve(blob.getInt(at(type) + 8));
                    return kindOf(definition) == STRUCT ? lengthOfValue(struct(definition)) : OptionalInt.empty();
                }
            }
            return OptionalInt.empty();
        });
    }

    private OptionalInt lengthOfValue(Struct definition) {
        for (Field field : definition.fields()) {
            if (field.name().equals("value") && kindOf(field.type()) == POINTER) {
                int value = resolve(blob.getInt(at(field.type()) + 8));
                return kindOf(value) == ARRAY ? OptionalInt.of(at(value) + TYPE_HEADER + 8) : OptionalInt.empty();
            }
        }
        return OptionalInt.empty();
    }
}
