// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is read for block IO. */
final class ReadOption {
    @Option(
            names = "--read",
            paramLabel = "FILE",
            description =
                    "A file on a block device, or a device, to be read. Default: a file made in the directory for temporary files.")
    @Nullable Path file;
}
