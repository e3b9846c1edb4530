// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.byref.IntByReference;

/** A program of a {@link BpfObject}; usable as long as that is open. */
public final class BpfProgram {
    private static final int BPF_STATS_RUN_TIME = 0;

    /** {@code struct bpf_prog_info} up to run_cnt. */
    private static final int INFORMATION_SIZE = 208;

    private static final int ID = 4;
    private static final int RUN_TIME = 192;
    private static final int RUN_COUNT = 200;

    private static final int INSTRUCTION_SIZE = 8;
    private static final int CALL = 0x85;

    private final Pointer program;

    /** How often a program has run and how long that took in all, while run statistics were counted. */
    public record Runs(long count, long nanoseconds) {
        public Runs since(Runs before) {
            return new Runs(count - before.count, nanoseconds - before.nanoseconds);
        }

        /** Nanoseconds of one run. */
        public double mean() {
            return (double) nanoseconds / count;
        }
    }

    BpfProgram(Pointer program) {
        this.program = program;
    }

    public String name() {
        return Native.bpf().bpf_program__name(program);
    }

    /** What it attaches to, as in {@code SEC()}. */
    public String section() {
        return Native.bpf().bpf_program__section_name(program);
    }

    /** Whether it will be, or was, loaded. */
    public boolean autoload() {
        return Native.bpf().bpf_program__autoload(program);
    }

    public void setAutoload(boolean autoload) {
        Native.bpf().bpf_program__set_autoload(program, autoload);
    }

    public int fd() {
        return Native.bpf().bpf_program__fd(program);
    }

    /**
     * Has the kernel count run statistics of all programs, until the result is closed or this process ends.
     *
     * @throws RstatException if it refuses
     */
    public static FileDescriptor countRuns() {
        int fd = Native.bpf().bpf_enable_stats(BPF_STATS_RUN_TIME);
        if (fd < 0) {
            throw new RstatException("cannot have the kernel count runs of BPF programs: " + Native.describe(fd));
        }
        return new FileDescriptor(fd);
    }

    /** Once loaded. */
    public Runs runs() {
        Pointer information = information(fd());
        return new Runs(information.getLong(RUN_COUNT), information.getLong(RUN_TIME));
    }

    /** By which the kernel knows a program. */
    public static int idOf(FileDescriptor program) {
        return information(program.number()).getInt(ID);
    }

    private static Pointer information(int program) {
        Pointer information = Memory.allocateDirect(Runtime.getSystemRuntime(), INFORMATION_SIZE, true);
        int error = Native.bpf().bpf_obj_get_info_by_fd(program, information, new IntByReference(INFORMATION_SIZE));
        if (error < 0) {
            throw new RstatException("cannot ask what a program is: " + Native.describe(error));
        }
        return information;
    }

    /** At how many places its code calls a helper function of the kernel. */
    public int calls(int helper) {
        Pointer instructions = Native.bpf().bpf_program__insns(program);
        int calls = 0;
        if (instructions != null) {
            long end = Native.bpf().bpf_program__insn_cnt(program) * INSTRUCTION_SIZE;
            for (long at = 0; at < end; at += INSTRUCTION_SIZE) {
                // code, registers (a helper's call names none), offset, immediate
                boolean call = (instructions.getByte(at) & 0xff) == CALL && instructions.getByte(at + 1) == 0;
                if (call && instructions.getInt(at + 4) == helper) {
                    calls++;
                }
            }
        }
        return calls;
    }

    /**
     * Before loading: what a program attaches to whose section does not say it.
     *
     * @param target a tracepoint, or a function of the kernel
     */
    public void setTarget(String target) {
        int error = Native.bpf().bpf_program__set_attach_target(program, 0, target);
        if (error < 0) {
            throw new RstatException("cannot attach to %s: %s".formatted(target, Native.describe(error)));
        }
    }

    /** Attaches to what its section names. The link ends when the last descriptor and pin of it are gone. */
    public BpfLink attach() {
        var log = LibBpfLog.start();
        Pointer link = Native.bpf().bpf_program__attach(program);
        if (link == null) {
            int error = Native.errno();
            throw new RstatException(
                    "cannot attach %s to %s: %s".formatted(name(), section(), new LoadFailure(error, log).summary()));
        }
        return BpfLink.owned(link);
    }
}
