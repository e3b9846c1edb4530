// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.btf;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;

/** What the running kernel says of itself. */
public final class KernelBtf {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");

    private final Btf btf;

    private KernelBtf(Btf btf) {
        this.btf = btf;
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

    /** Which of these kernel functions, kfuncs among them, there are. */
    public Set<String> functionsAmong(Set<String> wanted) {
        return btf.functionsAmong(wanted);
    }
}
