// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What this process may do, and how it gives that up. */
public final class ProcessPrivileges {
    private static final List<Path> SETPRIV = List.of(Path.of("/usr/bin/setpriv"), Path.of("/bin/setpriv"));

    /** After standard input, output and error. */
    private static final int FIRST_OWN_FD = 3;

    /** Owned by this process's effective user, see proc_pid(5). */
    private static final Path SELF = Path.of("/proc/self");

    private ProcessPrivileges() {}

    /** Asks the kernel through a file, so that a service that starts need not wait for the binding to be loaded. */
    public static boolean isRoot() {
        try {
            return 0 == (int) Files.getAttribute(SELF, "unix:uid");
        } catch (IOException noProc) {
            throw new RstatException("cannot read %s: %s; mount /proc".formatted(SELF, noProc.getMessage()), noProc);
        }
    }

    static Path setpriv() {
        return SETPRIV.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new RstatException("setpriv is missing; install it: apt-get install util-linux"));
    }

    /**
     * Replaces this process, which keeps its pid: no capability in any set, no way to gain one, no group but the user's.
     *
     * <p>A new image rather than setuid in this one: capabilities and no-new-privs belong to threads, a JVM has dozens, and an image that
     * has loaded BPF holds descriptors that the service must not have.
     *
     * @param command its first element is the path of a program
     * @throws RstatException if that cannot be done; returns in no other case
     */
    public static void execAsService(ServiceUser user, List<String> command, Map<String, String> environment) {
        Path setpriv = setpriv();
        List<String> arguments = new ArrayList<>(List.of(
                setpriv.toString(),
                "--reuid=" + user.uid(),
                "--regid=" + user.gid(),
                "--clear-groups",
                "--inh-caps=-all",
                "--ambient-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                "--"));
        arguments.addAll(command);
        String[] variables = environment.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toArray(String[]::new);
        // The JVM opens its jars without close-on-exec.
        Native.c().close_range(FIRST_OWN_FD, -1, LibC.CLOSE_RANGE_CLOEXEC);
        Native.c().execve(setpriv.toString(), arguments.toArray(String[]::new), variables);
        throw new RstatException("cannot start %s: %s".formatted(setpriv, Native.describe(Native.errno())));
    }
}
