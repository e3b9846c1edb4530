// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.RstatException;
import dev.rstat.collectors.LoadOptions;
import dev.rstat.collectors.LoadReport;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.PinnedTotals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Collectors loaded in several ways beside each other, under {@code /run/rstat-bench}. Closing unloads them. */
public final class BenchPins implements AutoCloseable {
    private static final Path TOP = Path.of("/run/rstat-bench");

    private final String user;
    private final Progress progress;
    private final List<PinnedTotals> open = new ArrayList<>();

    public BenchPins(String user, Progress progress) {
        this.user = user;
        this.progress = progress;
        unload(); // what one that was killed has left
    }

    /**
     * Loads collectors.
     *
     * @param name of the way they are loaded
     * @return the pin root
     * @throws RstatException if none can run here
     */
    public Path load(String name, UnaryOperator<LoadOptions> how, String... collectors) {
        LoadOptions options = LoadOptions.of(TOP.resolve(name))
                .withCollectors(Loader.builtIn(List.of(collectors)))
                .withUser(user)
                .withFiles(false);
        LoadReport report = Loader.load(how.apply(options), _ -> progress.check());
        progress.say("loaded %s in mode %s with result store %s"
                .formatted(
                        String.join(", ", report.collectors()),
                        report.mode().label(),
                        report.store().label()));
        return options.pinRoot();
    }

    /** The totals of a collector that was loaded. Closed with this. */
    PinnedTotals totals(String name, String collector) {
        PinnedTotals totals = PinnedTotals.open(TOP.resolve(name), collector);
        open.add(totals);
        return totals;
    }

    @Override
    public void close() {
        open.forEach(PinnedTotals::close);
        open.clear();
        unload();
    }

    /** The socket of a service that was killed: its directory is to be empty when its collectors are unloaded. */
    private static void deleteSockets(Path directory) throws IOException {
        try (DirectoryStream<Path> sockets = Files.newDirectoryStream(directory, "socket")) {
            for (Path socket : sockets) {
                Files.delete(socket);
            }
        }
    }

    private static void unload() {
        if (!Files.isDirectory(TOP)) {
            return;
        }
        try (DirectoryStream<Path> roots = Files.newDirectoryStream(TOP);
                DirectoryStream<Path> services = Files.newDirectoryStream(TOP, "*-files")) {
            for (Path service : services) {
                deleteSockets(service);
            }
            for (Path root : roots) {
                Loader.unload(root, _ -> {});
                Files.deleteIfExists(root);
            }
            Files.delete(TOP);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
