// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.FlushMode;
import dev.rstat.collectors.LoadOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code load} and {@code run} can be told about loading. */
final class LoadSelection {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--max-cgroups",
            paramLabel = "N",
            defaultValue = "65536",
            description =
                    "Cgroups there is room for, in each collector that is not loaded yet. Default: ${DEFAULT-VALUE}.")
    int maxCgroups;

    @Option(names = "--no-files", description = "Make no stats files for cgroups, only `self`.")
    boolean noFiles;

    @Option(
            names = "--flush-mode",
            paramLabel = "MODE",
            defaultValue = "auto",
            description = {
                "Who adds up over CPUs and the hierarchy: `rstat`, the kernel's own tree; `walk`, an iterator over all cgroups,"
                        + " for kernels that refuse fentry;",
                "`auto`, rstat where the kernel allows it. Default: ${DEFAULT-VALUE}."
            })
    FlushModeChoice flushMode = FlushModeChoice.auto;

    /** Spelled as on the command line. */
    enum FlushModeChoice {
        auto(Optional.empty()),
        rstat(Optional.of(FlushMode.RSTAT)),
        walk(Optional.of(FlushMode.WALK));

        private final Optional<FlushMode> mode;

        FlushModeChoice(Optional<FlushMode> mode) {
            this.mode = mode;
        }
    }

    /**
     * @throws ParameterException for what cannot be loaded
     */
    LoadOptions options(Path pinRoot, String user) {
        if (maxCgroups < 1) {
            throw new ParameterException(spec.commandLine(), "--max-cgroups is at least 1, not " + maxCgroups);
        }
        return new LoadOptions(pinRoot, CollectorOptions.chosen(spec), maxCgroups, user, !noFiles, flushMode.mode);
    }
}
