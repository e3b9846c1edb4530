// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many cgroups a benchmark is done with. */
final class SizesOption {
    @Option(
            names = "--cgroups",
            paramLabel = "N",
            split = ",",
            description = "With these numbers of cgroups only, ascending.")
    @Nullable List<Integer> cgroups;
}
