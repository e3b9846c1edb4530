// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.Check;
import dev.rstat.collectors.Host;
import dev.rstat.collectors.Overhead;
import dev.rstat.collectors.ProcessPrivileges;
import dev.rstat.exporter.scan.Finding;
import dev.rstat.exporter.scan.PinScan;
import dev.rstat.exporter.scan.ServiceScan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            "  sudo rstat doctor --overhead",
            "  sudo rstat doctor --security",
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

    @Option(
            names = "--overhead",
            arity = "0..1",
            paramLabel = "TIME",
            fallbackValue = "5s",
            converter = WebOptions.DurationConverter.class,
            description =
                    "Instead: what each loaded collector takes of the host's time, counted by the kernel for this long, 5s unless said. Needs root.")
    private @Nullable Duration overhead;

    @Option(
            names = "--security",
            description =
                    "Instead: what each running service may do, has open and listens to, and who may do what with what is loaded. Exit status 1 if"
                            + " anything is not as SECURITY.md says. Needs root.")
    private boolean security;

    @Override
    public Integer call() {
        if (security) {
            return security();
        }
        if (overhead != null) {
            return overhead(overhead);
        }
        List<Check> checks = Host.checks(pinRoot.path, user.name);
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? CheckReport.json(checks) : CheckReport.table(checks));
        out.flush();
        return CheckReport.canRun(checks) ? 0 : 1;
    }

    private int overhead(Duration time) {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException(
                    "to have the kernel count the time of BPF programs one must be root; put sudo before the command");
        }
        PrintWriter err = spec.commandLine().getErr();
        err.println("rstat: counting for %s s".formatted(time.toMillis() / 1000.0));
        err.flush();
        List<Overhead> all = Overhead.measure(pinRoot.path, time);
        int cpus = Runtime.getRuntime().availableProcessors();
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? OverheadReport.json(all, cpus) : OverheadReport.table(all, cpus));
        out.flush();
        return 0;
    }

    private int security() {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException(
                    "to see what a process of another user has open one must be root; put sudo before the command");
        }
        List<Finding> findings = new ArrayList<>(ServiceScan.of(
                Path.of("/proc"), spec.root().userObject().getClass().getName()));
        if (findings.isEmpty()) {
            spec.commandLine().getErr().println("rstat: no service runs here");
        }
        findings.addAll(PinScan.of(pinRoot.path));
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? SecurityReport.json(findings) : SecurityReport.table(findings));
        out.flush();
        return SecurityReport.isAsPromised(findings) ? 0 : 1;
    }
}
