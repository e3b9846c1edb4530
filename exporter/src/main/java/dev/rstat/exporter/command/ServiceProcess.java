// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.ProcessPrivileges;
import dev.rstat.collectors.ServiceUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Turns this process into {@code rstat serve} of an unprivileged user: the same JVM with the same options, and the same pid. */
final class ServiceProcess {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private ServiceProcess() {}

    /**
     * @param serve the arguments after {@code rstat}
     * @throws RstatException if that cannot be done; never returns
     */
    static void become(ServiceUser user, String mainClass, List<String> serve) {
        List<String> command = new ArrayList<>(virtualMachine(mainClass));
        command.add(mainClass);
        command.addAll(serve);
        ProcessPrivileges.execAsService(user, command, System.getenv());
    }

    /** What this JVM was started with: the program and its options. */
    static List<String> virtualMachine(String mainClass) {
        return virtualMachine(commandLine(), mainClass);
    }

    /** All before the main class. */
    static List<String> virtualMachine(List<String> commandLine, String mainClass) {
        int end = commandLine.indexOf(mainClass);
        if (end < 1) {
            throw new RstatException(
                    "cannot tell how this JVM was started: no %s in %s".formatted(mainClass, commandLine));
        }
        List<String> options = new ArrayList<>(commandLine.subList(0, end));
        // The first word may be found by a search that the service's environment does not repeat.
        ProcessHandle.current().info().command().ifPresent(program -> options.set(0, program));
        return options;
    }

    private static List<String> commandLine() {
        try {
            String arguments = Files.readString(COMMAND_LINE, StandardCharsets.UTF_8);
            return List.of(arguments.split("\0"));
        } catch (IOException e) {
            throw new RstatException("cannot read %s: %s".formatted(COMMAND_LINE, e.getMessage()), e);
        }
    }
}
