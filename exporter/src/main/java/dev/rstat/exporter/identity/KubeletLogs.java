// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import com.github.benmanes.caffeine.cache.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of pods and containers as kubelet puts them into the names of log files, which everybody may list on most nodes:
 * {@code /var/log/pods/NAMESPACE_POD_UID/} and {@code /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log}. Names of Kubernetes have no
 * underscore. The container of a pod's sandbox writes no log and has no name.
 */
final class KubeletLogs implements NameResolver {
    private static final String LOG = ".log";
    private static final int ID_LENGTH = 64;

    private record Pod(String name, String namespace) {}

    private record Container(String name, Pod pod) {}

    private final HostSource<Map<String, Pod>> pods;
    private final HostSource<Map<String, Container>> containers;

    KubeletLogs(Path root, Ticker ticker) {
        pods = new HostSource<>(root.resolve("var/log/pods"), KubeletLogs::readPods, Map.of(), ticker);
        containers =
                new HostSource<>(root.resolve("var/log/containers"), KubeletLogs::readContainers, Map.of(), ticker);
    }

    @Override
    public CgroupIdentity resolve(String path, CgroupIdentity identity) {
        CgroupIdentity resolved = identity;
        Container container =
                identity.containerId().isEmpty() ? null : containers.get().get(identity.containerId());
        if (container != null && resolved.containerName().isEmpty()) {
            resolved = resolved.withContainer(resolved.runtime(), resolved.containerId(), container.name());
        }
        if (resolved.podName().isEmpty()) {
            Pod pod = identity.podUid().isEmpty() ? null : pods.get().get(identity.podUid());
            if (pod == null && container != null) {
                pod = container.pod();
            }
            if (pod != null) {
                resolved = resolved.withPod(pod.name(), pod.namespace());
            }
        }
        return resolved;
    }

    /** By uid. */
    private static Map<String, Pod> readPods(Path directory) throws IOException {
        Map<String, Pod> pods = new HashMap<>();
        for (String name : HostSource.list(directory)) {
            List<String> parts = List.of(name.split("_", -1));
            if (parts.size() == 3) {
                pods.put(parts.get(2), new Pod(parts.get(1), parts.get(0)));
            }
        }
        return pods;
    }

    /** By id. */
    private static Map<String, Container> readContainers(Path directory) throws IOException {
        Map<String, Container> containers = new HashMap<>();
        for (String file : HostSource.list(directory)) {
            int id = file.length() - LOG.length() - ID_LENGTH;
            if (id < 1 || !file.endsWith(LOG) || file.charAt(id - 1) != '-') {
                continue;
            }
            List<String> parts = List.of(file.substring(0, id - 1).split("_", -1));
            if (parts.size() == 3) {
                containers.put(
                        file.substring(id, id + ID_LENGTH),
                        new Container(parts.get(2), new Pod(parts.get(0), parts.get(1))));
            }
        }
        return containers;
    }
}
