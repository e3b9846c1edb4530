// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.ProcessPrivileges;
import dev.rstat.collectors.StatsFiles;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rstat files}: the stats files, one for each cgroup and collector, that anybody may read. */
@Command(
        name = "files",
        header = "Make and find the stats files of cgroups.",
        description = {
            "",
            "Each cgroup has a file for each collector, which shows the numbers of now to whoever reads it;"
                    + " `self` shows its reader's own cgroup, `self/ancestors` a line for that and for each above it.",
            ""
        },
        commandListHeading = "%nCommands:%n",
        subcommands = {
            FilesCommand.Find.class,
            FilesCommand.Listing.class,
            FilesCommand.Sync.class,
            RequestCommand.class,
            OwnFilesCommand.Make.class,
            OwnFilesCommand.Remove.class,
            OwnFilesCommand.Hook.class
        },
        footer = {
            "",
            "Example: make files for cgroups that have come, and read one",
            "  sudo rstat files sync",
            "  cat $(rstat files path /system.slice runqueue)"
        })
public final class FilesCommand {
    @Command(
            name = "sync",
            header = "Make files for cgroups that have none, remove those of dead ones. Needs root.",
            footer = {"", "Example:", "  sudo rstat files sync"})
    static final class Sync implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Override
        public void run() {
            if (!ProcessPrivileges.isRoot()) {
                throw new RstatException("making stats files needs root; put sudo before the command");
            }
            int files = StatsFiles.sync(pinRoot.path, spec.commandLine().getOut()::println);
            spec.commandLine().getOut().println("%d stats files at %s".formatted(files, pinRoot.path));
        }
    }

    @Command(
            name = "list",
            header = "Print the files there are.",
            footer = {"", "Example:", "  rstat files list"})
    static final class Listing implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Override
        public void run() {
            StatsFiles.list(pinRoot.path).forEach(spec.commandLine().getOut()::println);
        }
    }

    @Command(
            name = "path",
            header = "Print where a cgroup's files are.",
            description = {"", "Their names are not simply the cgroup's: bpffs allows no '.' in names.", ""},
            footer = {"", "Example:", "  rstat files path /system.slice/cron.service runqueue"})
    static final class Find implements Runnable {
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

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "COLLECTOR",
                defaultValue = "",
                description = "The collector; all if not given.")
        @SuppressWarnings("NullAway.Init")
        private String collector;

        @Override
        public void run() {
            // Those of the host's own are known where they are loaded.
            SequencedSet<String> known = new TreeSet<>(Loader.builtIn());
            known.addAll(Loader.loaded(pinRoot.path));
            if (!collector.isEmpty() && !known.contains(collector)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "there is no collector `%s`; there are: %s".formatted(collector, String.join(", ", known)));
            }
            String path = CgroupArgument.path(cgroup, spec);
            for (String name : collector.isEmpty() ? known : Set.of(collector)) {
                spec.commandLine().getOut().println(StatsFiles.path(pinRoot.path, path, name));
            }
        }
    }
}
