// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --pin-root}, which all that deals with loaded collectors has. */
final class PinRootOption {
    @Option(
            names = "--pin-root",
            paramLabel = "DIR",
            defaultValue = "/run/rstat",
            description = "The bpffs mount that holds what is loaded. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    Path path;
}
