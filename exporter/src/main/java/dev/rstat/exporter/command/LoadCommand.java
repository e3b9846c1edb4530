// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.LoadOptions;
import dev.rstat.collectors.LoadReport;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.ProcessPrivileges;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rstat load}. */
@Command(
        name = "load",
        header = "Load the collectors into the kernel.",
        description = {
            "",
            "Probes the kernel, loads the BPF programs, attaches and pins them, and exits: they go on counting without any process."
                    + " Loading again keeps totals. Needs root."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Example: load all but one, then look at your own cgroup's numbers",
            "  sudo rstat load --no-collector.attach",
            "  cat /run/rstat/self/runqueue"
        })
public final class LoadCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Mixin
    private final LoadSelection selection = new LoadSelection();

    @Mixin
    private final UserOption user = new UserOption();

    @Override
    public void run() {
        load(selection.options(pinRoot.path, user.name), spec.commandLine().getOut());
    }

    static void load(LoadOptions options, PrintWriter out) {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException("loading BPF programs needs root; put sudo before the command");
        }
        LoadReport report = Loader.load(options, line -> println(out, line));
        println(
                out,
                "loaded %s at %s, %d stats files, flush mode %s, result store %s%s"
                        .formatted(
                                String.join(", ", report.collectors()),
                                options.pinRoot(),
                                report.files(),
                                report.mode().label(),
                                report.store().label(),
                                report.refused().isEmpty()
                                        ? ""
                                        : "; off: "
                                                + String.join(
                                                        ", ", report.refused().keySet())));
    }

    /** Seen at once, also through a pipe: loading takes its time. */
    private static void println(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
