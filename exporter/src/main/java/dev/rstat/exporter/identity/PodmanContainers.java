// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.github.benmanes.caffeine.cache.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The names of podman's containers from the list that its storage keeps of them,
 * {@code /var/lib/containers/storage/overlay-containers/containers.json}. Only root may read it, or a service with CAP_DAC_READ_SEARCH.
 * Containers of users are listed in the users' homes, which are not looked at.
 */
final class PodmanContainers implements NameResolver {
    private static final JsonFactory JSON = new JsonFactory();

    private final HostSource<Map<String, String>> names;

    PodmanContainers(Path root, Ticker ticker) {
        names = new HostSource<>(
                root.resolve("var/lib/containers/storage/overlay-containers/containers.json"),
                PodmanContainers::read,
                Map.of(),
                ticker);
    }

    @Override
    public CgroupIdentity resolve(String path, CgroupIdentity identity) {
        boolean mayBe =
                identity.runtime().equals("podman") || identity.runtime().isEmpty();
        String id = identity.containerId();
        if (!mayBe || id.isEmpty() || !identity.containerName().isEmpty()) {
            return identity;
        }
        String name = names.get().get(id);
        return name == null ? identity : identity.withContainer("podman", id, name);
    }

    /** By id. */
    private static Map<String, String> read(Path file) throws IOException {
        Map<String, String> names = new HashMap<>();
        try (JsonParser json = JSON.createParser(file.toFile())) {
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException("no list");
            }
            while (json.nextToken() == JsonToken.START_OBJECT) {
                readContainer(json, names);
            }
        }
        return names;
    }

    /** {@code {"id": "...", "names": ["...", ...], ...}} */
    private static void readContainer(JsonParser json, Map<String, String> names) throws IOException {
        String id = "";
        String name = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("id") && value == JsonToken.VALUE_STRING) {
                id = json.getText();
            } else if (field.equals("names") && value == JsonToken.START_ARRAY) {
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    if (name.isEmpty() && json.currentToken() == JsonToken.VALUE_STRING) {
                        name = json.getText();
                    }
                    json.skipChildren();
                }
            } else {
                json.skipChildren();
            }
        }
        if (!id.isEmpty() && !name.isEmpty()) {
            names.put(id, name);
        }
    }
}
