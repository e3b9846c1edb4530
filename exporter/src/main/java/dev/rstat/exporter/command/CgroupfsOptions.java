// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.CgroupMount;
import dev.rstat.collectors.CgroupfsCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code serve} and {@code run} can be told about the one collector that is not loaded but read: the kernel's own files. */
final class CgroupfsOptions {
    private static final String MAX_OPEN_FILES = "--cgroupfs.max-open-files";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--collector.cgroupfs",
            description = "Serve what is in the kernel's own files for cgroups, as is done by default.")
    boolean on;

    @Option(names = "--no-collector.cgroupfs", description = "Leave the kernel's own files out.")
    boolean off;

    @Option(
            names = MAX_OPEN_FILES,
            paramLabel = "N",
            defaultValue = "" + CgroupfsCollector.DEFAULT_MAX_DESCRIPTORS,
            description =
                    "How many of them may stay open between readings, some 12 for each cgroup; what is above is slower."
                            + " Never more than half of LimitNOFILE=. Default: ${DEFAULT-VALUE}.")
    int maxOpenFiles;

    boolean isOn() {
        return !off;
    }

    /**
     * @throws ParameterException for a number that makes no sense
     */
    void check() {
        if (maxOpenFiles < 0) {
            throw new ParameterException(
                    spec.commandLine(), "%s is at least 0, not %d".formatted(MAX_OPEN_FILES, maxOpenFiles));
        }
    }

    /** Empty if it is off. */
    Optional<CgroupfsCollector> collector() {
        return isOn() ? Optional.of(new CgroupfsCollector(CgroupMount.find(), maxOpenFiles)) : Optional.empty();
    }

    /** The same as arguments of {@code rstat serve}. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(MAX_OPEN_FILES + "=" + maxOpenFiles));
        if (!isOn()) {
            arguments.add("--no-collector.cgroupfs");
        }
        return arguments;
    }
}
