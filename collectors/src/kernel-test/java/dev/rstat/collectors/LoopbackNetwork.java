// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Has loopback behave as a network until closed: packets of 1500 bytes, which the stack handles in bunches; loss or delay. */
final class LoopbackNetwork implements AutoCloseable {
    private final boolean netem;

    private LoopbackNetwork(boolean netem) {
        this.netem = netem;
    }

    /**
     * @param netem the options of {@code tc qdisc ... netem}; none for a network that loses and delays nothing
     */
    static LoopbackNetwork with(String... netem) {
        run("ip", "link", "set", "lo", "mtu", "1500");
        if (netem.length > 0) {
            List<String> command =
                    new ArrayList<>(List.of("tc", "qdisc", "add", "dev", "lo", "root", "netem", "limit", "100000"));
            command.addAll(List.of(netem));
            run(command.toArray(String[]::new));
        }
        return new LoopbackNetwork(netem.length > 0);
    }

    private static void run(String... command) {
        try {
            int status = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (status != 0) {
                throw new AssertionError("%s: status %d".formatted(String.join(" ", command), status));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void close() {
        if (netem) {
            run("tc", "qdisc", "del", "dev", "lo", "root");
        }
        run("ip", "link", "set", "lo", "mtu", "65536");
    }
}
