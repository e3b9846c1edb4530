// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.ProcessPrivileges;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rstat unload}. */
@Command(
        name = "unload",
        header = "Take the collectors out of the kernel.",
        description = {
            "",
            "Detaches the programs and removes totals, stats files and the mount. Totals start from zero when loaded again."
                    + " Needs root."
        },
        synopsisHeading = "%nUsage: ",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  sudo rstat unload"})
public final class UnloadCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final PinRootOption pinRoot = new PinRootOption();

    @Override
    public void run() {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException("unloading needs root; put sudo before the command");
        }
        Loader.unload(pinRoot.path, spec.commandLine().getOut()::println);
    }
}
