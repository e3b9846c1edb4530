// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.exporter.files.FilesClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rstat files request}. */
@Command(
        name = "request",
        header = "Ask the service for the files of a cgroup that you own.",
        description = {
            "",
            "For hosts loaded with --no-files: the service makes them at once, and removes them when the cgroup goes."
                    + " The protocol is HTTP over a Unix socket:",
            "  curl --unix-socket /run/rstat-files/socket -X POST 'http://localhost/files?cgroup=/user.slice'",
            ""
        },
        footer = {"", "Example:", "  rstat files request /user.slice/user-1000.slice/user@1000.service"})
final class RequestCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Parameters(
            index = "0",
            paramLabel = "CGROUP",
            description = "The cgroup: as in /proc/PID/cgroup, or as a directory under the cgroup2 mount.")
    @SuppressWarnings("NullAway.Init")
    private String cgroup;

    @Override
    public void run() {
        FilesClient.Answer answer =
                FilesClient.post(StatsFiles.socket(pinRoot.path), CgroupArgument.path(cgroup, spec));
        if (answer.status() != 201) {
            throw new RstatException(answer.text().strip());
        }
        spec.commandLine().getOut().print(answer.text());
        spec.commandLine().getOut().flush();
    }
}
