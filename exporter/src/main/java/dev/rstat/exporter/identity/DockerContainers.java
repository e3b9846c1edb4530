// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.github.benmanes.caffeine.cache.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names of docker's containers from {@code /var/lib/docker/containers/ID/config.v2.json}. Only root may read those, or a service
 * with CAP_DAC_READ_SEARCH: docker writes them with mode 0600, which no access control list gets around.
 */
final class DockerContainers implements NameResolver {
    private static final Logger LOG = LoggerFactory.getLogger(DockerContainers.class);
    private static final JsonFactory JSON = new JsonFactory();

    /** Of a file; they are some kilobytes. */
    private static final long MAX_BYTES = 1 << 20;

    private final Path directory;
    private final HostSource<Set<String>> ids;

    DockerContainers(Path root, Ticker ticker) {
        directory = root.resolve("var/lib/docker/containers");
        ids = new HostSource<>(directory, path -> new HashSet<>(HostSource.list(path)), Set.of(), ticker);
    }

    @Override
    public CgroupIdentity resolve(String path, CgroupIdentity identity) {
        boolean mayBe =
                identity.runtime().equals("docker") || identity.runtime().isEmpty();
        String id = identity.containerId();
        if (!mayBe
                || id.isEmpty()
                || !identity.containerName().isEmpty()
                || !ids.get().contains(id)) {
            return identity;
        }
        return identity.withContainer("docker", id, name(id));
    }

    /** Empty if it cannot be read: the container may be gone meanwhile. */
    private String name(String id) {
        Path file = directory.resolve(id).resolve("config.v2.json");
        try {
            return Files.size(file) > MAX_BYTES ? "" : name(file);
        } catch (IOException e) {
            LOG.debug("no name from {}: {}", file, e.toString());
            return "";
        }
    }

    /** Docker puts a slash before names. */
    private static String name(Path file) throws IOException {
        try (JsonParser json = JSON.createParser(file.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return "";
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("Name") && value == JsonToken.VALUE_STRING) {
                    String name = json.getText();
                    return name.startsWith("/") ? name.substring(1) : name;
                }
                json.skipChildren();
            }
            return "";
        }
    }
}
