// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import dev.rstat.exporter.manual.ManualPage;
import dev.rstat.exporter.service.BuildVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Writes what packages install beside the command: its manual pages, and how shells complete it. */
public final class Manual {
    private Manual() {}

    /**
     * @param arguments a directory, which gets {@code man1/} and {@code rstat.bash}, and the pages' date, {@code 2026-11-23}
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("name the directory to write into, and a date");
        }
        write(Path.of(arguments[0]), LocalDate.parse(arguments[1]));
    }

    static void write(Path directory, LocalDate date) throws IOException {
        CommandLine command = Rstat.commandLine();
        Path pages = Files.createDirectories(directory.resolve("man" + ManualPage.SECTION));
        for (ManualPage page : ManualPage.of(command, date, "rstat-exporter " + BuildVersion.CURRENT)) {
            Files.writeString(pages.resolve("%s.%d".formatted(page.name(), ManualPage.SECTION)), page.text());
        }
        Files.writeString(directory.resolve("rstat.bash"), AutoComplete.bash(command.getCommandName(), command));
    }
}
