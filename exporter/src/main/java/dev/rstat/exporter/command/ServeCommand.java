// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.CgroupfsCollector;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.ProcessPrivileges;
import dev.rstat.collectors.ReadyNotice;
import dev.rstat.collectors.ServiceUser;
import dev.rstat.exporter.files.FilesService;
import dev.rstat.exporter.log.LogFormat;
import dev.rstat.exporter.otlp.OtlpConfiguration;
import dev.rstat.exporter.otlp.OtlpPush;
import dev.rstat.exporter.service.BuildVersion;
import dev.rstat.exporter.service.Service;
import dev.rstat.exporter.service.ServiceOptions;
import dev.rstat.exporter.snapshot.PinnedSource;
import io.prometheus.client.Collector;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rstat serve}. */
@Command(
        name = "serve",
        header = "Serve what is loaded as Prometheus metrics, and push it over OTLP if told where.",
        description = {
            "",
            "Runs until it is stopped, without any privilege: it reads what `rstat load` has pinned, and keeps the stats files of cgroups that come and go."
                    + " Started as root it first becomes another user."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Example: serve on every address, and scrape it",
            "  rstat serve --web.listen-address=:9752",
            "  curl http://localhost:9752/metrics"
        })
public final class ServeCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

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
        ServiceOptions options = web.options(cgroups.selection());
        cgroupfs.check();
        if (ProcessPrivileges.isRoot()) {
            become(ServiceUser.of(user.name), pinRoot.path, web, cgroupfs, cgroups, otlp, spec);
        } else {
            serve(options);
        }
    }

    /** Goes on in this pid as {@code rstat serve} of the user. */
    static void become(
            ServiceUser user,
            Path pinRoot,
            WebOptions web,
            CgroupfsOptions cgroupfs,
            CgroupOptions cgroups,
            OtlpOptions otlp,
            CommandSpec spec) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("serving as user %s (uid %d), without privileges".formatted(user.name(), user.uid()));
        out.flush();
        List<String> arguments = new ArrayList<>(List.of("serve", "--pin-root=" + pinRoot));
        arguments.addAll(web.arguments());
        arguments.addAll(cgroupfs.arguments());
        arguments.addAll(cgroups.arguments());
        arguments.addAll(otlp.arguments());
        if (Boolean.getBoolean(LogFormat.DEBUG_PROPERTY)) {
            arguments.add("--debug");
        }
        ServiceProcess.become(user, spec.root().userObject().getClass().getName(), arguments);
    }

    private void serve(ServiceOptions options) {
        List<String> expected = new ArrayList<>(Loader.builtIn());
        if (cgroupfs.isOn()) {
            expected.add(CgroupfsCollector.NAME);
        }
        FilesService files = new FilesService(pinRoot.path);
        Optional<OtlpConfiguration> push = otlp.configuration(System.getenv());
        List<Collector> more = new ArrayList<>(List.of(files.metrics()));
        Collector pushMetrics = OtlpPush.metrics();
        push.ifPresent(_ -> more.add(pushMetrics));
        Service service =
                Service.start(options, () -> PinnedSource.open(pinRoot.path, cgroupfs.collector()), expected, more);
        // Metrics first: a scraper may be waiting.
        files.start();
        Optional<OtlpPush> pushing = push.map(
                configuration -> OtlpPush.start(configuration, BuildVersion.CURRENT, service.source(), pushMetrics));
        ReadyNotice.send(System.getenv());
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            pushing.ifPresent(OtlpPush::close);
            service.close();
            files.close();
            stopped.countDown();
        }));
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
