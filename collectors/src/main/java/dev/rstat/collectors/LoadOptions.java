// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What to load and where to.
 *
 * @param pinRoot the bpffs mount, made if it is not there
 * @param collectors names; those loaded now that are not among them are removed
 * @param maxCgroups cgroups there is room for, in each collector that is not loaded yet
 * @param user whose group may read what is pinned
 * @param files whether to make stats files
 * @param mode empty: {@link FlushMode#RSTAT} where the kernel allows it
 */
public record LoadOptions(
        Path pinRoot, List<String> collectors, int maxCgroups, String user, boolean files, Optional<FlushMode> mode) {
    public LoadOptions {
        collectors = List.copyOf(collectors);
        if (maxCgroups < 1) {
            throw new RstatException("--max-cgroups is at least 1, not %d".formatted(maxCgroups));
        }
    }
}
