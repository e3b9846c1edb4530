// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.collectors.btf.Btf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.TypeAlias;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.NumberByReference;

/**
 * A BPF object file: opened, its constants set, then loaded into the kernel.
 *
 * <pre>{@code
 * try (BpfObject object = BpfObject.open("attach", bytes)) {
 *     object.load();
 *     try (BpfLink link = object.program("attached").orElseThrow().attach()) { ... }
 * }
 * }</pre>
 */
public final class BpfObject implements AutoCloseable {
    private static final String CONSTANTS = ".rodata";

    private final Pointer object;
    private final Btf btf;
    private final ByteBuffer btfBytes;
    private boolean closed;

    private BpfObject(Pointer object, ByteBuffer btfBytes) {
        this.object = object;
        this.btfBytes = btfBytes;
        this.btf = Btf.parse(btfBytes);
    }

    /**
     * @param name in the kernel's lists of maps
     * @throws LoadFailure if it is no BPF object with BTF
     */
    public static BpfObject open(String name, byte[] bytes) {
        LibBpf bpf = Native.bpf();
        List<String> log = LibBpfLog.start();
        Pointer options = Native.options(16);
        Pointer text = Memory.allocateDirect(Runtime.getSystemRuntime(), name.length() + 1, true);
        text.putString(0, name, name.length() + 1, java.nio.charset.StandardCharsets.US_ASCII);
        options.putPointer(8, text);
        Pointer object = bpf.bpf_object__open_mem(bytes, bytes.length, options);
        if (object == null) {
            throw new LoadFailure(Native.errno(), log);
        }
        try {
            Pointer btf = bpf.bpf_object__btf(object);
            IntByReference size = new IntByReference();
            Pointer raw = btf == null ? null : bpf.btf__raw_data(btf, size);
            if (raw == null) {
                throw new LoadFailure(Errno.EINVAL, List.of("libbpf: the object has no BTF: compile with -g"));
            }
            byte[] copy = new byte[size.intValue()];
            raw.get(0, copy, 0, copy.length);
            return new BpfObject(object, ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder()));
        } catch (RuntimeException failure) {
            bpf.bpf_object__close(object);
            throw failure;
        }
    }

    public Btf btf() {
        return btf;
    }

    /** The blob itself, to be kept beside what was loaded. */
    public ByteBuffer btfBytes() {
        return btfBytes.asReadOnlyBuffer();
    }

    /** The {@code const volatile} variables, which the verifier takes for known once the object is loaded. */
    public List<Btf.Variable> constants() {
        return btf.variables(CONSTANTS);
    }

    /**
     * Before {@link #load}: gives a constant its value.
     *
     * @param value as many bytes as the constant has, in this machine's byte order
     */
    public void setConstant(Btf.Variable variable, byte[] value) {
        LibBpf bpf = Native.bpf();
        Pointer map = bpf.bpf_object__find_map_by_name(object, CONSTANTS);
        NumberByReference size = new NumberByReference(TypeAlias.size_t);
        Pointer bytes = map == null ? null : bpf.bpf_map__initial_value(map, size);
        if (bytes == null
                || value.length != variable.size()
                || (long) variable.offset() + variable.size() > size.longValue()) {
            throw new LoadFailure(
                    Errno.EINVAL,
                    List.of("libbpf: the constant `%s` is not what its BTF says".formatted(variable.name())));
        }
        bytes.put(variable.offset(), value, 0, value.length);
    }

    public List<BpfProgram> programs() {
        List<BpfProgram> programs = new ArrayList<>();
        LibBpf bpf = Native.bpf();
        for (Pointer at = bpf.bpf_object__next_program(object, null);
                at != null;
                at = bpf.bpf_object__next_program(object, at)) {
            programs.add(new BpfProgram(at));
        }
        return programs;
    }

    public Optional<BpfProgram> program(String name) {
        return programs().stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /** The names of its maps, but for those that hold variables. */
    public List<String> maps() {
        List<String> names = new ArrayList<>();
        LibBpf bpf = Native.bpf();
        for (Pointer at = bpf.bpf_object__next_map(object, null);
                at != null;
                at = bpf.bpf_object__next_map(object, at)) {
            if (!bpf.bpf_map__is_internal(at)) {
                names.add(bpf.bpf_map__name(at));
            }
        }
        return names;
    }

    /** Before {@link #load}: the room in a map. */
    public void setMaxEntries(String map, int entries) {
        check(Native.bpf().bpf_map__set_max_entries(map(map), entries));
    }

    /** Before {@link #load}: do without a map. No program that uses it can run; dead code that does is dropped. */
    public void leaveOut(String map) {
        check(Native.bpf().bpf_map__set_autocreate(map(map), false));
    }

    /** Before {@link #load}: use a map that is there already, and what it holds, in place of a new one. */
    public void reuse(String map, int fd) {
        List<String> log = LibBpfLog.start();
        int error = Native.bpf().bpf_map__reuse_fd(map(map), fd);
        if (error < 0) {
            throw new LoadFailure(error, log);
        }
    }

    /** After {@link #load}: the descriptor of a map, owned by this object. */
    public int mapFd(String map) {
        return Native.bpf().bpf_map__fd(map(map));
    }

    /** After {@link #load}: from now on only programs write to a map, no process does. */
    public void freeze(String map) {
        check(Native.bpf().bpf_map_freeze(mapFd(map)));
    }

    private Pointer map(String name) {
        Pointer map = Native.bpf().bpf_object__find_map_by_name(object, name);
        if (map == null) {
            throw new LoadFailure(Errno.ENOENT, List.of("libbpf: the object has no map `" + name + "`"));
        }
        return map;
    }

    /**
     * Creates the maps and has the verifier look at the programs.
     *
     * @throws LoadFailure with the verifier's log
     */
    public void load() {
        List<String> log = LibBpfLog.start();
        int error = Native.bpf().bpf_object__load(object);
        if (error < 0) {
            throw new LoadFailure(error, log);
        }
    }

    private static void check(int error) {
        if (error < 0) {
            throw new LoadFailure(error, List.of());
        }
    }

    /** Gives up this process's hold on maps and programs: what is pinned or attached through a pin goes on. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Native.bpf().bpf_object__close(object);
        }
    }
}
