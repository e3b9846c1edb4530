// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;

/** What libbpf says while a call runs, kept for the error message. libbpf speaks on the thread that called it. */
final class LibBpfLog {
    /** {@code enum libbpf_print_level}: WARN 0, INFO 1, DEBUG 2. The verifier's log comes as WARN. */
    private static final int WARN = 0;

    private static final int MAX_MESSAGE = 1 << 20;
    private static final ThreadLocal<List<String>> LINES = ThreadLocal.withInitial(ArrayList::new);

    /** libbpf keeps the address: the callback must never be collected. */
    private static final LibBpf.Print PRINT = LibBpfLog::print;

    static {
        Native.bpf().libbpf_set_print(PRINT);
    }

    private LibBpfLog() {}

    static List<String> start() {
        List<String> lines = new ArrayList<>();
        LINES.set(lines);
        return lines;
    }

    private static int print(int level, Pointer format, Pointer arguments) {
        if (level != WARN) {
            return 0;
        }
        // A verifier log is one message of any length, and a va_list can be walked only once.
        byte[] text = new byte[MAX_MESSAGE];
        int length = Native.c().vsnprintf(text, text.length, format, arguments);
        int kept = Math.clamp(length, 0, text.length - 1);
        new String(text, 0, kept, java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .forEach(LINES.get()::add);
        return length;
    }
}
