// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.collectors.Loader;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code --collector.NAME} and {@code --no-collector.NAME} for every collector there is, as exporters have them. */
public final class CollectorOptions {
    private static final String WITH = "--collector.";
    private static final String WITHOUT = "--no-collector.";

    private CollectorOptions() {}

    /** To a command that loads. */
    public static void addTo(CommandSpec spec) {
        for (String name : Loader.builtIn()) {
            spec.addOption(OptionSpec.builder(WITH + name)
                    .description("Load the collector %s, as is done by default.".formatted(name))
                    .build());
            spec.addOption(OptionSpec.builder(WITHOUT + name)
                    .description("Leave the collector %s out.".formatted(name))
                    .build());
        }
    }

    /**
     * The collectors that are left.
     *
     * @throws ParameterException if none is
     */
    static List<String> chosen(CommandSpec spec) {
        ParseResult arguments = spec.commandLine().getParseResult();
        List<String> chosen = Loader.builtIn().stream()
                .filter(name -> !arguments.hasMatchedOption(WITHOUT + name))
                .toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "no collector is left to load; leave one of these on: " + String.join(", ", Loader.builtIn()));
        }
        return chosen;
    }

    /** What to say of an argument that names a collector there is not; empty if that is not what went wrong. */
    public static Optional<String> unknownCollector(ParameterException failure) {
        if (!(failure instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return Optional.empty();
        }
        String argument = unmatched.getUnmatched().getFirst();
        for (String prefix : List.of(WITH, WITHOUT)) {
            if (argument.startsWith(prefix)) {
                return Optional.of("there is no collector `%s`; there are: %s"
                        .formatted(argument.substring(prefix.length()), String.join(", ", Loader.builtIn())));
            }
        }
        return Optional.empty();
    }
}
