// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.exporter.selection.CgroupSelection;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which cgroups {@code serve} and {@code run} show. */
final class CgroupOptions {
    private static final String INCLUDE = "--cgroup.include";
    private static final String EXCLUDE = "--cgroup.exclude";
    private static final String MAX_DEPTH = "--cgroup.max-depth";
    private static final String LIMIT = "--cgroup.limit";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = INCLUDE,
            paramLabel = "GLOB",
            description = {
                "Series for those cgroups only whose whole path matches, and for the root, which is never left out; may be given several"
                        + " times. In patterns * and ? stay within a name, ** is any number of names:"
                        + " '/system.slice/*.service' are the services, '/kubepods.slice/**' that slice and all below, '**/docker-*.scope'"
                        + " scopes anywhere. What is left out stays in the totals of what is above it."
            })
    List<String> include = List.of();

    @Option(
            names = EXCLUDE,
            paramLabel = "GLOB",
            description = "No series for cgroups that match, nor for any below them; may be given several times.")
    List<String> exclude = List.of();

    @Option(
            names = MAX_DEPTH,
            paramLabel = "N",
            defaultValue = "" + CgroupSelection.UNBOUNDED,
            showDefaultValue = Help.Visibility.NEVER,
            description =
                    "Series for cgroups that have at most N above them: 0 is the root alone, 1 adds the slices. Default: all.")
    int maxDepth;

    @Option(
            names = LIMIT,
            paramLabel = "N",
            defaultValue = "" + CgroupSelection.UNBOUNDED,
            showDefaultValue = Help.Visibility.NEVER,
            description =
                    "Series for at most N cgroups: those nearest to the root and, at the last depth that fits, the oldest. rstat_cgroups_cut"
                            + " counts the others. Default: no limit.")
    int limit;

    /**
     * @throws ParameterException for a pattern that could match nothing, or a number that makes no sense
     */
    CgroupSelection selection() {
        check(MAX_DEPTH, maxDepth, 0);
        check(LIMIT, limit, 1);
        try {
            return new CgroupSelection(include, exclude, maxDepth, limit);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void check(String option, int value, int least) {
        if (value < least) {
            throw new ParameterException(
                    spec.commandLine(), "%s is at least %d, not %d".formatted(option, least, value));
        }
    }

    /** The same as arguments of {@code rstat serve}. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        include.forEach(glob -> arguments.add(INCLUDE + "=" + glob));
        exclude.forEach(glob -> arguments.add(EXCLUDE + "=" + glob));
        if (maxDepth != CgroupSelection.UNBOUNDED) {
            arguments.add(MAX_DEPTH + "=" + maxDepth);
        }
        if (limit != CgroupSelection.UNBOUNDED) {
            arguments.add(LIMIT + "=" + limit);
        }
        return arguments;
    }
}
