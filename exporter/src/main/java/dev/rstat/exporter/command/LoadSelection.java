// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.FlushMode;
import dev.rstat.collectors.LoadOptions;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.ResultStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code load} and {@code run} can be told about loading. */
final class LoadSelection {
    private static final String AUTO = "auto";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--max-cgroups",
            paramLabel = "N",
            description = {
                "Cgroups there is room for, in each collector that is not loaded yet.",
                "Default: 65536; for mmap-array, which takes its memory at once, four times the cgroups there are, at least 4096."
            })
    @Nullable Integer maxCgroups;

    @Option(
            names = "--collectors.dir",
            paramLabel = "DIR",
            defaultValue = "/etc/rstat/collectors.d",
            description =
                    "Where collectors of your own are: NAME.bpf.o, or NAME.bpf.c where there is clang. Need not be there."
                            + " Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Option(
            names = "--no-files",
            description =
                    "Make stats files for those cgroups only for which somebody asks (`rstat files request`), and `self`.")
    boolean noFiles;

    @Option(
            names = "--files-group",
            paramLabel = "GROUP",
            description =
                    "The group whose members may make stats files of their own cgroups themselves, without the service"
                            + " (`rstat files make`). Default: nobody may.")
    @Nullable String filesGroup;

    @Option(
            names = "--files-quota",
            paramLabel = "N",
            defaultValue = "" + LoadOptions.FILES_QUOTA,
            description = "How many files and directories each of them may have there, where the kernel has BPF LSM."
                    + " Default: ${DEFAULT-VALUE}.")
    int filesQuota = LoadOptions.FILES_QUOTA;

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

    @Option(
            names = "--result-store",
            paramLabel = "STORE",
            defaultValue = "auto",
            description = {
                "Where totals are kept: `hash`, read in batches, on every kernel; `cgroup-storage`, never full, read one by one, Linux 6.2;"
                        + " `mmap-array`, read without system calls, Linux 6.2;",
                "`auto`, mmap-array where the kernel has it, else hash. Another store than before starts totals at 0."
                        + " Default: ${DEFAULT-VALUE}."
            })
    String resultStore = AUTO;

    @Option(
            names = "--max-window",
            paramLabel = "TIME",
            defaultValue = "60s",
            converter = WebOptions.DurationConverter.class,
            description = "For at least how long a largest value is shown: no less than the time between two scrapes."
                    + " Default: ${DEFAULT-VALUE}.")
    Duration window = Duration.ofMinutes(1);

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
        if (maxCgroups != null && maxCgroups < 1) {
            throw new ParameterException(spec.commandLine(), "--max-cgroups is at least 1, not " + maxCgroups);
        }
        if (filesQuota < 1) {
            throw new ParameterException(spec.commandLine(), "--files-quota is at least 1, not " + filesQuota);
        }
        return new LoadOptions(
                pinRoot,
                Loader.builtIn(CollectorOptions.chosen(spec)),
                Optional.of(directory),
                maxCgroups == null ? OptionalInt.empty() : OptionalInt.of(maxCgroups),
                user,
                !noFiles,
                Optional.ofNullable(filesGroup),
                filesQuota,
                flushMode.mode,
                store(),
                window);
    }

    private Optional<ResultStore> store() {
        if (resultStore.equals(AUTO)) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(ResultStore.values())
                .filter(store -> store.label().equals(resultStore))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "there is no result store `%s`; there are: %s, %s"
                                .formatted(
                                        resultStore,
                                        AUTO,
                                        Arrays.stream(ResultStore.values())
                                                .map(ResultStore::label)
                                                .collect(Collectors.joining(", "))))));
    }
}
