// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import dev.rstat.RstatException;
import dev.rstat.collectors.FilesAgent;
import dev.rstat.collectors.FilesAgentState;
import dev.rstat.collectors.StatsFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the service does about stats files, as one: the agent, its metrics, and the socket for those who ask. */
public final class FilesService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FilesService.class);

    /** Cgroups that a user may have files of by asking. */
    private static final int QUOTA = 1000;

    private final Path pinRoot;
    private volatile @Nullable FilesAgent agent;
    private @Nullable FilesSocket socket;

    public FilesService(Path pinRoot) {
        this.pinRoot = pinRoot;
    }

    /** Without a socket, which is said, where it cannot listen. */
    public void start() {
        FilesAgent started = FilesAgent.start(pinRoot, LOG::warn);
        agent = started;
        try {
            socket = FilesSocket.listen(StatsFiles.socket(pinRoot), new OwnersFiles(started, QUOTA));
        } catch (RstatException noPlace) {
            LOG.warn("nobody can ask for stats files: {}", noPlace.getMessage());
        }
    }

    /** Those of an agent that has done nothing, until it is started. */
    public FilesMetrics metrics() {
        return new FilesMetrics(() -> {
            FilesAgent started = agent;
            return started == null ? FilesAgentState.START : started.state();
        });
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
        FilesAgent started = agent;
        if (started != null) {
            started.close();
        }
    }
}
