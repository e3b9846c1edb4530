// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.byref.IntByReference;
import org.jspecify.annotations.Nullable;

/** An attachment. Closing it gives up this process's hold: what is pinned goes on. */
public final class BpfLink implements AutoCloseable {
    private static final int BPF_TRACE_ITER = 28;

    /** {@code union bpf_iter_link_info}. */
    private static final int ITERATOR_SIZE = 16;

    /** {@code struct bpf_link_create_opts} up to target_btf_id. */
    private static final int OPTIONS_SIZE = 32;

    /** {@code struct bpf_link_info}: type, id, prog_id. */
    private static final int INFORMATION_SIZE = 48;

    /** The kernel prints no more at once. */
    private static final int MAX_PRINT = 32 * 1024;

    private static final int PROGRAM_ID = 8;

    /** Each thread's memory for the parameters of iterators that it makes by the thousand, and behind them libbpf's options. */
    private static final ThreadLocal<Pointer> ITERATOR = ThreadLocal.withInitial(() -> {
        Pointer information = Memory.allocateDirect(Runtime.getSystemRuntime(), ITERATOR_SIZE + OPTIONS_SIZE, true);
        information.putLong(ITERATOR_SIZE, OPTIONS_SIZE);
        information.putPointer(ITERATOR_SIZE + 16, information);
        information.putInt(ITERATOR_SIZE + 24, ITERATOR_SIZE);
        return information;
    });

    private final @Nullable Pointer owned;
    private boolean closed;
    private final FileDescriptor fd;

    /** In which order a cgroup iterator visits; {@code enum bpf_cgroup_iter_order}. */
    public enum Order {
        SELF_ONLY(1),
        DESCENDANTS_PRE(2),
        DESCENDANTS_POST(3);

        private final int value;

        Order(int value) {
            this.value = value;
        }
    }

    private BpfLink(@Nullable Pointer owned, FileDescriptor fd) {
        this.owned = owned;
        this.fd = fd;
    }

    static BpfLink owned(Pointer link) {
        return new BpfLink(link, new FileDescriptor(Native.bpf().bpf_link__fd(link)));
    }

    /**
     * An iterator over cgroups.
     *
     * @param program descriptor of an {@code iter/cgroup} program
     * @param cgroup descriptor of the directory to start from
     */
    public static BpfLink cgroupIterator(int program, int cgroup, Order order) {
        Pointer information = Memory.allocateDirect(Runtime.getSystemRuntime(), ITERATOR_SIZE, true);
        information.putInt(0, order.value);
        information.putInt(4, cgroup);
        return iterator(program, information);
    }

    /**
     * An iterator over a cgroup that is known by its id, so that no other of the same path is taken for it.
     *
     * @return null if there is no such cgroup
     */
    public static @Nullable BpfLink cgroupIteratorOf(int program, long cgroup, Order order) {
        Pointer information = ITERATOR.get();
        information.putInt(0, order.value);
        information.putLong(8, cgroup);
        int fd = Native.bpf().bpf_link_create(program, 0, BPF_TRACE_ITER, information.slice(ITERATOR_SIZE));
        if (fd == -Errno.ENOENT) {
            return null;
        }
        return link(fd);
    }

    /** An iterator over something that needs no parameters, such as all BPF programs. */
    public static BpfLink iterator(int program) {
        return iterator(program, null);
    }

    private static BpfLink iterator(int program, @Nullable Pointer information) {
        return link(create(program, information));
    }

    private static int create(int program, @Nullable Pointer information) {
        Pointer options = Native.options(OPTIONS_SIZE);
        if (information != null) {
            options.putPointer(16, information);
            options.putInt(24, ITERATOR_SIZE);
        }
        return Native.bpf().bpf_link_create(program, 0, BPF_TRACE_ITER, options);
    }

    private static BpfLink link(int fd) {
        if (fd < 0) {
            throw new RstatException("cannot make an iterator: " + Native.describe(fd));
        }
        return new BpfLink(null, new FileDescriptor(fd));
    }

    /**
     * Runs an iterator once, over all if it prints little.
     *
     * @return how many bytes it printed
     */
    public int iterate() {
        int started = Native.bpf().bpf_iter_create(fd());
        if (started < 0) {
            throw new RstatException("cannot start an iterator: " + Native.describe(started));
        }
        try (FileDescriptor iteration = new FileDescriptor(started)) {
            int printed = (int) Native.c().read(iteration.number(), BpfMap.buffer(MAX_PRINT), MAX_PRINT);
            if (printed < 0) {
                throw new RstatException("cannot read an iterator: " + Native.describe(Native.errno()));
            }
            return printed;
        }
    }

    /** The id of the program that a link attaches. */
    public static int programOf(FileDescriptor link) {
        return information(link).getInt(PROGRAM_ID);
    }

    private static Pointer information(FileDescriptor link) {
        Pointer information = Memory.allocateDirect(Runtime.getSystemRuntime(), INFORMATION_SIZE, true);
        int error =
                Native.bpf().bpf_obj_get_info_by_fd(link.number(), information, new IntByReference(INFORMATION_SIZE));
        if (error < 0) {
            throw new RstatException("cannot ask what a link is: " + Native.describe(error));
        }
        return information;
    }

    public int fd() {
        return fd.number();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (owned != null) {
            Native.bpf().bpf_link__destroy(owned);
        } else {
            fd.close();
        }
    }
}
