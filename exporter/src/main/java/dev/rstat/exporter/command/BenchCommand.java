// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.bench.CgroupfsBenchmark;
import dev.rstat.collectors.bench.EventsBenchmark;
import dev.rstat.collectors.bench.FilesBenchmark;
import dev.rstat.collectors.bench.FlushBenchmark;
import dev.rstat.collectors.bench.OverheadBenchmark;
import dev.rstat.collectors.bench.StoresBenchmark;
import dev.rstat.exporter.bench.ScrapeBenchmark;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rstat bench}. */
@Command(
        name = "bench",
        header = "Measure what collectors, flushes, result stores and scrapes cost here.",
        description = {
            "",
            "Loads collectors of its own, which nobody else sees, makes cgroups below /rstat-bench, and takes both away when it ends or is"
                    + " interrupted. Prints a table of medians, with quartiles in brackets. Best on a machine that does nothing else. Needs root."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nBenchmarks:%n",
        footer = {
            "",
            "Example:",
            "  sudo rstat bench events --quick",
            "  sudo rstat bench flush --json flush.json --svg flush.svg"
        })
public final class BenchCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** Without one there is nothing to do but to say which there are. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "which benchmark? " + String.join(", ", spec.subcommands().keySet()));
    }

    @Command(
            name = "events",
            header = "Time per event of each collector's programs, over empty programs at the same events.",
            description = {
                "",
                "For values in a hash map and in cgroup local storage. Two minutes at most; --quick: ten seconds."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void events(@Mixin BenchOptions options) {
        options.run("bench events", progress -> EventsBenchmark.run(options.quick, progress));
    }

    @Command(
            name = "flush",
            header = "Time of a flush, by how many cgroups there are and how many have changed.",
            description = {
                "",
                "In walk mode, and where the kernel allows it in rstat mode. Two minutes; --quick: ten seconds, and at most 1,000 cgroups."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void flush(@Mixin BenchOptions options, @Mixin UserOption user) {
        options.run("bench flush", progress -> FlushBenchmark.run(options.quick, user.name, progress));
    }

    @Command(
            name = "stores",
            header = "The result stores beside each other: reading, flushing, events, memory.",
            description = {
                "",
                "At up to 50,000 cgroups, which takes minutes to make; --quick: ten seconds, and at most 1,000 cgroups."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void stores(@Mixin BenchOptions options, @Mixin UserOption user) {
        options.run("bench stores", progress -> StoresBenchmark.run(options.quick, user.name, progress));
    }

    @Command(
            name = "cgroupfs",
            header = "Reading the kernel's own cgroup files: kept open, and opened each time.",
            description = {
                "",
                "At up to 10,000 cgroups. Half a minute; --quick: a few seconds, and at most 1,000 cgroups."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void cgroupfs(@Mixin BenchOptions options) {
        options.run("bench cgroupfs", progress -> CgroupfsBenchmark.run(options.quick, progress));
    }

    @Command(
            name = "files",
            header = "Stats files: making, memory, reading, how soon a new cgroup has them.",
            description = {
                "",
                "With one file per cgroup and with one per collector, at up to 10,000 cgroups. Some minutes; --quick: at 1,000 cgroups."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void files(@Mixin BenchOptions options, @Mixin UserOption user) {
        options.run("bench files", progress -> FilesBenchmark.run(options.quick, user.name, progress));
    }

    @Command(
            name = "overhead",
            header = "What all collectors take from others' work.",
            description = {
                "",
                "Context switches, and block reads, that others get done while all collectors are loaded and read once a second, against none"
                        + " loaded. Four minutes; --quick: half a minute."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void overhead(@Mixin BenchOptions options, @Mixin UserOption user, @Mixin ReadOption read) {
        options.run("bench overhead", progress -> OverheadBenchmark.run(options.quick, user.name, read.file, progress));
    }

    @Command(
            name = "scrape",
            header = "A scrape: CPU, bytes, allocation, memory, beside sending the same bytes.",
            description = {
                "",
                "Per format, plain and compressed, at up to 50,000 cgroups, of a service of its own; beside a server that sends the same bytes"
                        + " from memory, and beside simpleclient's writer. Ten minutes; --quick: half a minute, at up to 1,000 cgroups."
            },
            synopsisHeading = "%nUsage: ",
            optionListHeading = "%nOptions:%n")
    void scrape(@Mixin BenchOptions options, @Mixin UserOption user, @Mixin SizesOption sizes) {
        String rstat = spec.root().userObject().getClass().getName();
        options.run(
                "bench scrape",
                progress -> ScrapeBenchmark.run(
                        options.quick,
                        sizes.cgroups,
                        user.name,
                        ServiceProcess.virtualMachine(rstat),
                        rstat,
                        progress));
    }
}
