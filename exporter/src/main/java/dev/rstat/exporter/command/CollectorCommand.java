// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.BpfCompiler;
import dev.rstat.collectors.CollectorCheck;
import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.Loader;
import dev.rstat.exporter.log.LogFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rstat collector}: collectors of one's own, from the first line to the verifier's word. */
@Command(
        name = "collector",
        header = "Write, build and check a collector of your own.",
        description = {
            "",
            "A collector is one C file. Built, it is an object that `rstat load` takes from /etc/rstat/collectors.d"
                    + " like those that come with rstat.",
            ""
        },
        commandListHeading = "%nCommands:%n",
        subcommands = {
            CollectorCommand.New.class,
            CollectorCommand.Build.class,
            CollectorCommand.Check.class,
            CollectorCommand.Reference.class
        },
        footer = {
            "",
            "Example: from nothing to numbers",
            "  rstat collector new execs",
            "  rstat collector build execs.bpf.c",
            "  sudo rstat collector check execs.bpf.o",
            "  sudo install -D -m 644 -t /etc/rstat/collectors.d execs.bpf.o",
            "  sudo rstat load",
            "  cat /run/rstat/self/execs"
        })
public final class CollectorCommand {
    private static final String SOURCE_OR_OBJECT = "NAME.bpf.c or NAME.bpf.o.";

    @Command(
            name = "new",
            header = "Write a small collector that works, to start from.",
            description = {"", "It counts the programs that are started in each cgroup.", ""},
            footer = {"", "Example:", "  rstat collector new execs", "  rstat collector build execs.bpf.c"})
    static final class New implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Parameters(
                index = "0",
                paramLabel = "NAME",
                description = "The collector's name: lower-case letters, digits and _, at most 32.")
        @SuppressWarnings("NullAway.Init")
        private String name;

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "DIR",
                defaultValue = ".",
                description = "Where NAME.bpf.c is written to. Default: here.")
        @SuppressWarnings("NullAway.Init")
        private Path directory;

        @Override
        public void run() {
            if (!CollectorSchema.isName(name)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "`%s` is no name for a collector: lower-case letters, digits and _, at most 32"
                                .formatted(name));
            }
            if (Loader.builtIn().contains(name)) {
                throw new ParameterException(
                        spec.commandLine(), "a built-in collector is called %s; choose another name".formatted(name));
            }
            Path file = directory.resolve(name + ".bpf.c");
            try {
                Files.createDirectories(directory);
                Files.writeString(file, template().replace("@NAME@", name), StandardOpenOption.CREATE_NEW);
            } catch (FileAlreadyExistsException there) {
                throw new RstatException(
                        "%s is there already; choose another name or directory".formatted(there.getFile()), there);
            } catch (IOException failure) {
                throw new RstatException("cannot write %s: %s".formatted(file, failure), failure);
            }
            spec.commandLine().getOut().println("wrote %s; next: rstat collector build %s".formatted(file, file));
        }

        private static String template() throws IOException {
            try (InputStream in = New.class.getResourceAsStream("collector.bpf.c")) {
                return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    @Command(
            name = "build",
            header = "Compile a collector.",
            description = {
                "",
                "With clang, against the headers that belong to this version of rstat. Needs: apt-get install clang llvm libbpf-dev.",
                ""
            },
            footer = {"", "Example:", "  rstat collector build execs.bpf.c -o /tmp"})
    static final class Build implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "FILE", description = "NAME.bpf.c.")
        @SuppressWarnings("NullAway.Init")
        private Path file;

        @Option(
                names = "-o",
                paramLabel = "DIR",
                description = "Where NAME.bpf.o is written to. Default: where FILE is.")
        private Optional<Path> directory = Optional.empty();

        @Override
        public void run() {
            Path folder = directory.orElseGet(() -> Objects.requireNonNullElse(file.getParent(), Path.of(".")));
            Path object = BpfCompiler.ofDistribution()
                    .compile(file, folder, spec.commandLine().getErr()::println);
            spec.commandLine()
                    .getOut()
                    .println("wrote %s; next: sudo rstat collector check %s".formatted(object, object));
        }
    }

    @Command(
            name = "check",
            header = "Say what a collector would expose, and what is wrong with it.",
            description = {
                "",
                "As root it also has the kernel verify the programs; nothing is attached or pinned."
                        + " Exit status 0 if nothing is wrong, 1 if something is.",
                ""
            },
            footer = {"", "Example:", "  sudo rstat collector check execs.bpf.o"})
    static final class Check implements Callable<Integer> {
        /** The end of a verifier's log says what it objects to; all of it may be a million lines. */
        private static final int LOG_LINES = 40;

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "FILE", description = SOURCE_OR_OBJECT)
        @SuppressWarnings("NullAway.Init")
        private Path file;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            CollectorCheck check = CollectorCheck.of(file, spec.commandLine().getErr()::println);
            out.print(CollectorReport.text(
                    file, check, Boolean.getBoolean(LogFormat.DEBUG_PROPERTY) ? Integer.MAX_VALUE : LOG_LINES));
            out.flush();
            return check.isGood() ? 0 : 1;
        }
    }

    @Command(
            name = "reference",
            header = "Print what all metrics are, as Markdown.",
            description = {
                "",
                "Of the collectors that come with rstat, or of those in the files: told by the objects themselves.",
                ""
            },
            footer = {"", "Example:", "  rstat collector reference execs.bpf.o"})
    static final class Reference implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Parameters(index = "0..*", paramLabel = "FILE", description = SOURCE_OR_OBJECT)
        private List<Path> files = List.of();

        @Override
        public void run() {
            PrintWriter out = spec.commandLine().getOut();
            if (files.isEmpty()) {
                out.print(MetricsReference.builtIn(Loader.builtInSchemas()));
            }
            for (Path file : files) {
                out.print(MetricsReference.of(
                        CollectorCheck.schema(file, spec.commandLine().getErr()::println)));
            }
            out.flush();
        }
    }
}
