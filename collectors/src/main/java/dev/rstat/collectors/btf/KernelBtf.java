// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.btf;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** What the running kernel says of itself. */
public final class KernelBtf {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");

    /** What the kernel calls the type of a tracepoint's handlers. */
    private static final String HANDLER = "btf_trace_";

    private final Set<String> functions;
    private final Map<String, Integer> handlers;

    private KernelBtf(Btf btf) {
        functions = btf.functions();
        handlers = btf.callbackParameters(HANDLER);
    }

    /**
     * @throws RstatException if the kernel was built without BTF
     */
    public static KernelBtf read() {
        try {
            return new KernelBtf(Btf.parse(ByteBuffer.wrap(Files.readAllBytes(VMLINUX))));
        } catch (NoSuchFileException missing) {
            throw new RstatException(
                    "this kernel has no BTF (%s is missing): CO-RE needs a kernel with CONFIG_DEBUG_INFO_BTF=y, as distributions build them"
                            .formatted(VMLINUX),
                    missing);
        } catch (IOException failure) {
            throw new RstatException("cannot read %s: %s".formatted(VMLINUX, failure.getMessage()), failure);
        }
    }

    /** Whether there is such a function that BPF can attach to or, for a kfunc, call. */
    public boolean hasFunction(String name) {
        return functions.contains(name);
    }

    /** How many arguments a tracepoint has; empty if there is none of this name. */
    public OptionalInt tracepointArguments(String name) {
        Integer parameters = handlers.get(name);
        // The first is the handler's own data.
        return parameters == null ? OptionalInt.empty() : OptionalInt.of(parameters - 1);
    }
}
