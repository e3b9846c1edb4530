// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import dev.rstat.RstatException;
import dev.rstat.exporter.command.BenchCommand;
import dev.rstat.exporter.command.CollectorCommand;
import dev.rstat.exporter.command.CollectorOptions;
import dev.rstat.exporter.command.DemoCommand;
import dev.rstat.exporter.command.DoctorCommand;
import dev.rstat.exporter.command.FilesCommand;
import dev.rstat.exporter.command.LoadCommand;
import dev.rstat.exporter.command.PolicyCommand;
import dev.rstat.exporter.command.RunCommand;
import dev.rstat.exporter.command.ServeCommand;
import dev.rstat.exporter.command.TopCommand;
import dev.rstat.exporter.command.UnloadCommand;
import dev.rstat.exporter.log.LogFormat;
import dev.rstat.exporter.service.BuildVersion;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code rstat} command. */
@Command(
        name = "rstat",
        header = "Statistics per cgroup, collected by BPF and added up by the kernel.",
        synopsisSubcommandLabel = "COMMAND",
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Example: load and serve, then see something happen from another terminal",
            "  sudo rstat run",
            "  sudo rstat demo",
            "",
            "`rstat COMMAND --help` says more of each."
        })
public final class Rstat implements Runnable {
    private static final int HELP_WIDTH = 100;

    private static final Set<String> LOADING = Set.of("load", "run");

    private static final SequencedMap<String, Class<?>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("run", RunCommand.class);
        COMMANDS.put("load", LoadCommand.class);
        COMMANDS.put("serve", ServeCommand.class);
        COMMANDS.put("unload", UnloadCommand.class);
        COMMANDS.put("top", TopCommand.class);
        COMMANDS.put("demo", DemoCommand.class);
        COMMANDS.put("doctor", DoctorCommand.class);
        COMMANDS.put("files", FilesCommand.class);
        COMMANDS.put("policy", PolicyCommand.class);
        COMMANDS.put("collector", CollectorCommand.class);
        COMMANDS.put("bench", BenchCommand.class);
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        System.exit(run(out, err, arguments));
    }

    /**
     * Does what the arguments say.
     *
     * @return the exit status: 0 done, 1 failed, 2 wrong usage
     */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine commandLine;
        try {
            commandLine = commandLine(arguments);
        } catch (RuntimeException | LinkageError failure) {
            return failed(failure, err);
        }
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setUsageHelpWidth(HELP_WIDTH);
        commandLine.setUsageHelpLongOptionsMaxWidth(40);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler((failure, _) -> misused(failure));
        commandLine.setExecutionExceptionHandler((failure, _, _) -> failed(failure, err));
        try {
            return commandLine.execute(arguments);
        } catch (LinkageError failure) {
            // A library that cannot be linked, which picocli leaves to its caller.
            return failed(failure, err);
        }
    }

    /** Only the command that is asked for is looked at: each takes its time, and the service should start quickly. */
    static CommandLine commandLine(String... arguments) {
        CommandLine commandLine = new CommandLine(new Rstat());
        Class<?> asked = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        if (asked == null) {
            COMMANDS.forEach(commandLine::addSubcommand);
        } else {
            commandLine.addSubcommand(arguments[0], asked);
        }
        complete(commandLine);
        return commandLine;
    }

    /** Every command has {@code --help} and {@code --version}; those that load have an option for every collector. */
    private static void complete(CommandLine commandLine) {
        commandLine.getCommandSpec().mixinStandardHelpOptions(true).versionProvider(() ->
                new String[] {"rstat-exporter " + BuildVersion.CURRENT});
        commandLine.getCommandSpec().usageMessage().abbreviateSynopsis(true);
        if (LOADING.contains(commandLine.getCommandName())) {
            CollectorOptions.addTo(commandLine.getCommandSpec());
        }
        commandLine.getSubcommands().values().forEach(Rstat::complete);
    }

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Log more, and show stack traces with errors.")
    void setDebug(boolean debug) {
        System.setProperty(LogFormat.DEBUG_PROPERTY, Boolean.toString(debug));
    }

    /** Without a command there is nothing to do but to say which there are. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? " + String.join(", ", COMMANDS.keySet()));
    }

    private static int misused(ParameterException failure) {
        CommandLine commandLine = failure.getCommandLine();
        commandLine
                .getErr()
                .println("rstat: %s; see: %s --help"
                        .formatted(
                                CollectorOptions.unknownCollector(failure).orElseGet(() -> oneLine(failure)),
                                commandLine.getCommandSpec().qualifiedName()));
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Throwable failure, PrintWriter err) {
        boolean debug = Boolean.getBoolean(LogFormat.DEBUG_PROPERTY);
        if (failure instanceof RstatException) {
            err.println("rstat: " + oneLine(failure));
        } else {
            err.println("rstat: unexpected: %s: %s%s"
                    .formatted(
                            failure.getClass().getSimpleName(),
                            oneLine(failure),
                            debug ? "" : "; --debug shows where, please report it"));
        }
        if (debug) {
            failure.printStackTrace(err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String oneLine(Throwable failure) {
        return Objects.requireNonNullElse(failure.getMessage(), "no message").replaceAll("\\s*\\R\\s*", " ");
    }
}
