// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import jnr.ffi.Pointer;

/** A program of a {@link BpfObject}; usable as long as that is open. */
public final class BpfProgram {
    private final Pointer program;

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
