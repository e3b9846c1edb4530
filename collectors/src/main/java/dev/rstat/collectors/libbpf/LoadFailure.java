// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import java.util.List;

/** The kernel or libbpf refused a BPF object. The message is the whole log, the verifier's included. */
public final class LoadFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final String ERROR = "-- error: ";

    private final int errno;
    private final String summary;

    LoadFailure(int error, List<String> log) {
        super(String.join("\n", log));
        this.errno = Math.abs(error);
        this.summary = summarize(log, errno);
    }

    public int errno() {
        return errno;
    }

    /** One line: which program, and the verifier's last words, which tell most. */
    public String summary() {
        return summary;
    }

    private static String summarize(List<String> log, int errno) {
        String program = "";
        String words = "";
        boolean inLog = false;
        for (String line : log) {
            String text = line.strip();
            if (text.contains("BEGIN PROG LOAD LOG")) {
                inLog = true;
            } else if (text.contains("END PROG LOAD LOG")) {
                inLog = false;
            } else if (inLog && text.contains(ERROR)) {
                // 7.x marks its objection, and ends with advice.
                words = text.substring(text.indexOf(ERROR) + ERROR.length());
                inLog = false;
            } else if (inLog) {
                // Older verifiers end with the objection and statistics.
                if (!text.isEmpty() && !text.startsWith("processed ") && !text.startsWith("verification time")) {
                    words = text;
                }
            } else if (text.contains("BPF program load failed") && text.contains("'")) {
                program = text.substring(text.indexOf('\'') + 1, text.indexOf('\'', text.indexOf('\'') + 1));
            } else if (words.isEmpty()
                    && program.isEmpty()
                    && text.startsWith("libbpf: ")
                    && !text.contains("ulimit")) {
                // (libbpf takes every EPERM for a limit on locked memory, which kernels since 5.11 do not have.)
                words = text.substring("libbpf: ".length());
            }
        }
        return "%s%s%s"
                .formatted(
                        program.isEmpty() ? "" : "program " + program + ": ",
                        Native.describe(errno),
                        words.isEmpty() ? "" : ": " + words);
    }
}
