// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.exporter.demo.Demo;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rstat demo}. */
@Command(
        name = "demo",
        header = "Run a few busy cgroups and watch their numbers.",
        description = {
            "",
            "Makes a small tree of cgroups with contended CPU and forks in it, shows once a second what is counted at every level,"
                    + " and leaves nothing behind when it ends or is interrupted."
                    + " Uses what is loaded; loads for itself if nothing is. Needs root."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  sudo rstat demo --seconds 20"})
public final class DemoCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Mixin
    private final UserOption user = new UserOption();

    @Option(names = "--seconds", paramLabel = "N", description = "End after this time. Default: when interrupted.")
    private @Nullable Integer seconds;

    @Override
    public void run() {
        if (seconds != null && seconds < 1) {
            throw new ParameterException(spec.commandLine(), "--seconds is at least 1, not " + seconds);
        }
        new Demo(pinRoot.path, user.name, spec.commandLine().getOut())
                .run(Optional.ofNullable(seconds).map(Duration::ofSeconds));
    }
}
