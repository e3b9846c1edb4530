// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.Check;
import dev.rstat.collectors.Host;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rstat doctor}. */
@Command(
        name = "doctor",
        header = "Show what this host offers and what it lacks.",
        description = {
            "",
            "Each feature of kernel and host: found or missing, what it costs when missing, and the cure."
                    + " Exit status 0 if rstat can run here, 1 if not. Root sees more than others."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Example:",
            "  sudo rstat doctor",
            "  rstat doctor --json | jq '.checks[] | select(.status != \"found\")'"
        })
public final class DoctorCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Mixin
    private final UserOption user = new UserOption();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
        List<Check> checks = Host.checks(pinRoot.path, user.name);
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? CheckReport.json(checks) : CheckReport.table(checks));
        out.flush();
        return CheckReport.canRun(checks) ? 0 : 1;
    }
}
