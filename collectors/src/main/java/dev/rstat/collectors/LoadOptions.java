// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to load and where to.
 *
 * @param pinRoot the bpffs mount, made if it is not there
 * @param collectors those loaded now that are not among them are removed
 * @param directory of collectors of the host's own, which are loaded as well; need not be there
 * @param maxCgroups cgroups there is room for, in each collector that is not loaded yet; empty: what suits the store and this host
 * @param user whose group may read what is pinned
 * @param files whether all cgroups get stats files, or only those for which somebody asks
 * @param filesGroup whose members may make stats files themselves
 * @param filesQuota how many each of them may have, directories included
 * @param mode empty: {@link FlushMode#RSTAT} where the kernel allows it
 * @param store empty: the best that the kernel has
 * @param window the least time for which a largest value is kept
 */
public record LoadOptions(
        Path pinRoot,
        List<CollectorSource> collectors,
        Optional<Path> directory,
        OptionalInt maxCgroups,
        String user,
        boolean files,
        Optional<String> filesGroup,
        int filesQuota,
        Optional<FlushMode> mode,
        Optional<ResultStore> store,
        Duration window) {
    public static final int FILES_QUOTA = 10_000;

    public LoadOptions {
        if (filesQuota < 1) {
            throw new RstatException("--files-quota is at least 1, not %d".formatted(filesQuota));
        }
        collectors = List.copyOf(collectors);
        if (maxCgroups.isPresent() && maxCgroups.getAsInt() < 1) {
            throw new RstatException("--max-cgroups is at least 1, not %d".formatted(maxCgroups.getAsInt()));
        }
    }

    /** All built-in collectors and no others. */
    public static LoadOptions of(Path pinRoot) {
        return new LoadOptions(
                pinRoot,
                Loader.builtIn(Loader.builtIn()),
                Optional.empty(),
                OptionalInt.empty(),
                "rstat",
                true,
                Optional.empty(),
                FILES_QUOTA,
                Optional.empty(),
                Optional.empty(),
                Duration.ofMinutes(1));
    }

    public LoadOptions withCollectors(List<CollectorSource> others) {
        return new LoadOptions(
                pinRoot, others, directory, maxCgroups, user, files, filesGroup, filesQuota, mode, store, window);
    }

    public LoadOptions withDirectory(Path other) {
        return new LoadOptions(
                pinRoot,
                collectors,
                Optional.of(other),
                maxCgroups,
                user,
                files,
                filesGroup,
                filesQuota,
                mode,
                store,
                window);
    }

    public LoadOptions withMaxCgroups(int cgroups) {
        return new LoadOptions(
                pinRoot,
                collectors,
                directory,
                OptionalInt.of(cgroups),
                user,
                files,
                filesGroup,
                filesQuota,
                mode,
                store,
                window);
    }

    public LoadOptions withUser(String other) {
        return new LoadOptions(
                pinRoot, collectors, directory, maxCgroups, other, files, filesGroup, filesQuota, mode, store, window);
    }

    public LoadOptions withFiles(boolean make) {
        return new LoadOptions(
                pinRoot, collectors, directory, maxCgroups, user, make, filesGroup, filesQuota, mode, store, window);
    }

    public LoadOptions withFilesGroup(String group) {
        return new LoadOptions(
                pinRoot,
                collectors,
                directory,
                maxCgroups,
                user,
                files,
                Optional.of(group),
                filesQuota,
                mode,
                store,
                window);
    }

    public LoadOptions withFilesQuota(int quota) {
        return new LoadOptions(
                pinRoot, collectors, directory, maxCgroups, user, files, filesGroup, quota, mode, store, window);
    }

    public LoadOptions withMode(Optional<FlushMode> other) {
        return new LoadOptions(
                pinRoot, collectors, directory, maxCgroups, user, files, filesGroup, filesQuota, other, store, window);
    }

    public LoadOptions withStore(Optional<ResultStore> other) {
        return new LoadOptions(
                pinRoot, collectors, directory, maxCgroups, user, files, filesGroup, filesQuota, mode, other, window);
    }

    public LoadOptions withWindow(Duration other) {
        return new LoadOptions(
                pinRoot, collectors, directory, maxCgroups, user, files, filesGroup, filesQuota, mode, store, other);
    }
}
