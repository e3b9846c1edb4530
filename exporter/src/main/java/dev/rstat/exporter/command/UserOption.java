// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import picocli.CommandLine.Option;

/** {@code --user}: who the service runs as, and whose group may read what is loaded. */
final class UserOption {
    @Option(
            names = "--user",
            paramLabel = "USER",
            defaultValue = "rstat",
            description =
                    "The unprivileged user of the service; its group may read what is loaded. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    String name;
}
