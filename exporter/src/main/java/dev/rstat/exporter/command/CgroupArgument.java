// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** How a cgroup is named on the command line. */
final class CgroupArgument {
    private static final String UNIFIED = "0::";

    private CgroupArgument() {}

    /**
     * @param cgroup as in /proc/PID/cgroup, or a directory under the cgroup2 mount
     * @return as in /proc/PID/cgroup
     */
    static String path(String cgroup, CommandSpec spec) {
        if (!cgroup.startsWith("/")) {
            throw new ParameterException(
                    spec.commandLine(), "`%s` is no cgroup: its path starts with /".formatted(cgroup));
        }
        Path directory = Path.of(cgroup).normalize();
        Path mount = Host.cgroupRoot();
        return directory.startsWith(mount) ? "/" + mount.relativize(directory) : directory.toString();
    }

    /** The cgroup that a process is in. */
    static String of(long pid) {
        Path file = Path.of("/proc/%d/cgroup".formatted(pid));
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(UNIFIED))
                    .map(line -> line.substring(UNIFIED.length()))
                    .findFirst()
                    .orElseThrow(() -> new RstatException("process %d is in no cgroup of cgroup2".formatted(pid)));
        } catch (IOException gone) {
            throw new RstatException("there is no process %d".formatted(pid), gone);
        }
    }
}
