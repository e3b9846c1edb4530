// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.manual;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page of one command.
 *
 * @param name without the section: {@code rstat-files-path}
 * @param text in roff, as man(7) has it
 */
public record ManualPage(String name, String text) {
    /** Programs that anybody may run. */
    public static final int SECTION = 1;

    private static final String INDENT = "  ";

    /**
     * Of a command and all below it, hidden ones left out.
     *
     * @param date that the pages show: not that of the build, so that two builds of the same are the same
     * @param version what the pages are of: {@code rstat-exporter 0.1.0}
     */
    public static List<ManualPage> of(CommandLine command, LocalDate date, String version) {
        List<ManualPage> pages = new ArrayList<>(List.of(page(command.getCommandSpec(), date, version)));
        subcommands(command.getCommandSpec()).forEach(sub -> pages.addAll(of(sub.commandLine(), date, version)));
        return pages;
    }

    private static ManualPage page(CommandSpec command, LocalDate date, String version) {
        String name = name(command);
        Roff page = new Roff()
                .macro("TH", name.toUpperCase(Locale.ROOT), String.valueOf(SECTION), date.toString(), version, "rstat")
                // Words are not broken: names of commands could not be searched for.
                .macro("nh")
                .macro("SH", "NAME")
                .text(name + " - "
                        + lowerFirst(withoutFullStop(
                                String.join(" ", command.usageMessage().header()))))
                .macro("SH", "SYNOPSIS")
                .macro("B", command.qualifiedName())
                .text(synopsis(command));
        describe(command, page);
        positionals(command, page);
        options(command, page);
        commands(command, page);
        footer(command, page);
        related(command, page);
        return new ManualPage(name, page.toString());
    }

    private static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private static Stream<CommandSpec> subcommands(CommandSpec command) {
        return command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(sub -> !sub.usageMessage().hidden())
                .distinct();
    }

    private static String synopsis(CommandSpec command) {
        Stream<String> parameters = command.positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .map(parameter ->
                        parameter.required() ? parameter.paramLabel() : "[%s]".formatted(parameter.paramLabel()));
        return Stream.of(
                        Stream.of("[OPTIONS]"),
                        parameters,
                        subcommands(command).limit(1).map(_ -> "COMMAND"))
                .flatMap(words -> words)
                .collect(Collectors.joining(" "));
    }

    private static void describe(CommandSpec command, Roff page) {
        String[] description = command.usageMessage().description();
        if (description.length > 0) {
            page.macro("SH", "DESCRIPTION");
            paragraphs(Arrays.asList(description), page);
        }
    }

    private static void positionals(CommandSpec command, Roff page) {
        List<PositionalParamSpec> parameters = command.positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .toList();
        if (!parameters.isEmpty()) {
            page.macro("SH", "ARGUMENTS");
            parameters.forEach(parameter -> tagged(parameter.paramLabel(), parameter, page));
        }
    }

    private static void options(CommandSpec command, Roff page) {
        page.macro("SH", "OPTIONS");
        command.options().stream()
                .filter(option -> !option.hidden())
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .forEach(option -> tagged(synopsis(option), option, page));
    }

    private static String synopsis(OptionSpec option) {
        String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
        return String.join(", ", option.names()) + value;
    }

    private static void tagged(String tag, ArgSpec argument, Roff page) {
        page.macro("TP").macro("B", tag).text(String.join("\n", argument.description()));
    }

    private static void commands(CommandSpec command, Roff page) {
        List<CommandSpec> commands = subcommands(command).toList();
        if (!commands.isEmpty()) {
            page.macro("SH", "COMMANDS");
            commands.forEach(sub -> page.macro("TP")
                    .macro("B", sub.name())
                    .text(String.join(" ", sub.usageMessage().header())));
        }
    }

    private static void footer(CommandSpec command, Roff page) {
        List<String> footer = Arrays.asList(command.usageMessage().footer());
        if (!footer.isEmpty()) {
            page.macro("SH", "EXAMPLES");
            paragraphs(footer, page);
        }
    }

    private static void related(CommandSpec command, Roff page) {
        List<String> names = Stream.concat(Stream.ofNullable(command.parent()), subcommands(command))
                .map(ManualPage::name)
                .toList();
        if (names.isEmpty()) {
            return;
        }
        page.macro("SH", "SEE ALSO")
                .text(names.stream()
                        .map(name -> "%s(%d)".formatted(name, SECTION))
                        .collect(Collectors.joining(",\n")));
    }

    /** Indented lines are examples, empty ones end a paragraph. */
    private static void paragraphs(List<String> lines, Roff page) {
        List<String> example = new ArrayList<>();
        boolean begun = false;
        for (String line : lines.stream().flatMap(String::lines).toList()) {
            if (line.startsWith(INDENT)) {
                example.add(line);
                continue;
            }
            show(example, page);
            if (!line.isBlank()) {
                if (begun) {
                    page.macro("PP");
                }
                page.text(line);
                begun = true;
            }
        }
        show(example, page);
    }

    private static void show(List<String> example, Roff page) {
        if (!example.isEmpty()) {
            page.macro("PP").verbatim(example);
            example.clear();
        }
    }

    private static String withoutFullStop(String header) {
        return header.endsWith(".") ? header.substring(0, header.length() - 1) : header;
    }

    private static String lowerFirst(String header) {
        return header.isEmpty() ? header : Character.toLowerCase(header.charAt(0)) + header.substring(1);
    }
}
