// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.LoadOptions;
import dev.rstat.collectors.ServiceUser;
import dev.rstat.exporter.access.Access;
import dev.rstat.exporter.service.ListenAddress;
import dev.rstat.exporter.service.ServiceOptions;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rstat run}. */
@Command(
        name = "run",
        header = "Load the collectors, then serve.",
        description = {
            "",
            "For one machine, and for trying it out: `rstat load`, then, in the same process, `rstat serve` as an unprivileged user."
                    + " What is loaded stays when the service ends: `rstat unload` takes it away. Needs root."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Example: run, and see numbers in another terminal",
            "  sudo rstat run",
            "  curl http://localhost:9752/metrics",
            "  sudo rstat demo"
        })
public final class RunCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Mixin
    private final LoadSelection selection = new LoadSelection();

    @Mixin
    private final WebOptions web = new WebOptions();

    @Mixin
    private final CgroupfsOptions cgroupfs = new CgroupfsOptions();

    @Mixin
    private final CgroupOptions cgroups = new CgroupOptions();

    @Mixin
    private final OtlpOptions otlp = new OtlpOptions();

    @Mixin
    private final UserOption user = new UserOption();

    @Override
    public void run() {
        LoadOptions load = selection.options(pinRoot.path, user.name);
        ServiceOptions serve = web.options(cgroups.selection());
        cgroupfs.check();
        // Before anything is loaded: what is wrong with it is said at once.
        String scheme = serve.access().configFile().map(Access::isTls).orElse(false) ? "https" : "http";
        PrintWriter out = spec.commandLine().getOut();
        LoadCommand.load(load, out);
        out.println("""

                Where to look next:
                  %-42s what happens now, in a browser
                  %-42s the metrics, for Prometheus
                  %-42s your own cgroup's numbers
                  %-42s something to see: contended CPU, forks
                  %-42s what this kernel can do, and what not
                """.formatted(
                url(scheme, serve, "/"),
                "curl " + url(scheme, serve, serve.telemetryPath()),
                "cat %s/self/%s"
                        .formatted(pinRoot.path, load.collectors().getFirst().name()),
                "sudo rstat demo",
                "rstat doctor"));
        ServeCommand.become(ServiceUser.of(user.name), pinRoot.path, web, cgroupfs, cgroups, otlp, spec);
    }

    private static String url(String scheme, ServiceOptions options, String path) {
        ListenAddress listen = options.listen();
        boolean everywhere = listen.host().isEmpty()
                || listen.host().equals("0.0.0.0")
                || listen.host().equals("::");
        ListenAddress shown = everywhere ? new ListenAddress("localhost", listen.port()) : listen;
        return "%s://%s%s".formatted(scheme, shown, path);
    }
}
