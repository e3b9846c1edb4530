// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import dev.rstat.RstatException;
import dev.rstat.collectors.FilesAgent;
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

    private final FilesAgent agent;
    private final @Nullable FilesSocket socket;

    private FilesService(FilesAgent agent, @Nullable FilesSocket socket) {
        this.agent = agent;
        this.socket = socket;
    }

    /** Without a socket, which is said, where it cannot listen. */
    public static FilesService start(Path pinRoot) {
        FilesAgent agent = FilesAgent.start(pinRoot, LOG::warn);
        FilesSocket socket = null;
        try {
            socket = FilesSocket.listen(StatsFiles.socket(pinRoot), new OwnersFiles(agent, QUOTA));
        } catch (RstatException noPlace) {
            LOG.warn("nobody can ask for stats files: {}", noPlace.getMessage());
        }
        return new FilesService(agent, socket);
    }

    public FilesMetrics metrics() {
        return new FilesMetrics(agent::state);
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
        agent.close();
    }
}
