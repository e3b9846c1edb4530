// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.CgroupMount;
import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.exporter.snapshot.PinnedSource;
import dev.rstat.exporter.top.Top;
import dev.rstat.exporter.top.TopSettings;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rstat top}. */
@Command(
        name = "top",
        header = "Watch cgroups on the terminal: what hurts whom, now.",
        description = {
            "",
            "Shows the cgroups as a tree, with what each did in the last interval; ? has the keys. Reads what is loaded and the kernel's own"
                    + " files: the service need not run. Needs root, or to be in the group of the service's user."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Where the output is no terminal it is as with --once. NO_COLOR in the environment: without colour.",
            "",
            "Examples:",
            "  sudo rstat top --sort runqueue_latency.p99 --filter '**/*.service'",
            "  sudo rstat top --json | jq -r '.cgroups[] | [.path, .values.cpu] | @tsv'"
        })
public final class TopCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = WebOptions.DurationConverter.class,
            description = "How long values are taken over, at least 100ms. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Duration interval;

    @Option(
            names = "--sort",
            paramLabel = "STAT",
            defaultValue = "",
            showDefaultValue = Help.Visibility.NEVER,
            description =
                    "Largest first among the children of each cgroup. Default: runqueue_latency, time waited for a CPU.")
    private String sort = "";

    @Option(
            names = "--filter",
            paramLabel = "TEXT",
            defaultValue = "",
            showDefaultValue = Help.Visibility.NEVER,
            description =
                    "Only cgroups with this in their path, or whose path matches such a pattern as /system.slice/**"
                            + " or **/*.service.")
    private String filter = "";

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "" + Integer.MAX_VALUE,
            showDefaultValue = Help.Visibility.NEVER,
            description = "Show cgroups with at most N above them; on the terminal, the others when asked for.")
    private int depth;

    @Option(names = "--once", description = "Print one interval's table and end.")
    private boolean once;

    @Option(
            names = "--json",
            description = "Print one interval as JSON, with all stats, histograms and who hurt whom, and end.")
    private boolean json;

    @Option(names = "--stats", description = "List the stats there are, and end.")
    private boolean stats;

    @Override
    public void run() {
        if (interval.compareTo(Duration.ofMillis(100)) < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--interval is at least 100ms, not %d ms".formatted(interval.toMillis()));
        }
        TopSettings settings = settings();
        PrintWriter out = spec.commandLine().getOut();
        CgroupfsCollector files = new CgroupfsCollector(CgroupMount.find(), CgroupfsCollector.DEFAULT_MAX_DESCRIPTORS);
        try (PinnedSource source = PinnedSource.open(pinRoot.path, Optional.of(files))) {
            Top top = new Top(source, interval, settings);
            if (stats) {
                top.printStats(out);
            } else if (json) {
                top.printJson(out);
            } else if (once || !isTerminal()) {
                top.printTable(out);
            } else {
                String noColor = System.getenv("NO_COLOR");
                top.show(noColor != null && !noColor.isEmpty());
            }
        }
    }

    private TopSettings settings() {
        try {
            return new TopSettings(sort, filter, depth);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    // Whether there is a console where there is no terminal has changed from one JDK to the next.
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
