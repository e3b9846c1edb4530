// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.identity.CgroupIdentity;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;

/**
 * Who the points are of: the exporter on its host, or one of its cgroups. What the user configured, {@code OTEL_RESOURCE_ATTRIBUTES}, is
 * in all of them.
 *
 * <p>Prometheus tells resources apart by {@code service.name} and {@code service.instance.id} alone, and would take the series of all
 * cgroups for one; so each cgroup is an instance: {@code HOST:/path}. The attribute {@code cgroup} is the label of a scrape, for receivers
 * that make attributes labels.
 */
final class ResourceAttributes {
    private static final AttributeKey<String> INSTANCE = AttributeKey.stringKey("service.instance.id");

    private final byte[] common;
    private final String instance;

    /**
     * @param resource with {@code host.name} or {@code service.instance.id}
     */
    ResourceAttributes(Resource resource) {
        String configured = resource.getAttribute(INSTANCE);
        String host = resource.getAttribute(AttributeKey.stringKey("host.name"));
        instance = configured != null ? configured : String.valueOf(host);
        ReverseProtobuf out = new ReverseProtobuf(256);
        resource.getAttributes().forEach((key, value) -> {
            if (!key.equals(INSTANCE)) {
                write(out, key.getKey(), value);
            }
        });
        common = out.toByteArray();
    }

    private static void write(ReverseProtobuf out, String key, Object value) {
        switch (value) {
            case Boolean bool -> Attributes.write(out, Attributes.OF_RESOURCE, key, bool);
            case Long number -> Attributes.write(out, Attributes.OF_RESOURCE, key, number);
            case Double number -> Attributes.write(out, Attributes.OF_RESOURCE, key, number);
            // The environment has no lists, and what else there is has a text.
            default -> Attributes.write(out, Attributes.OF_RESOURCE, key, value.toString());
        }
    }

    /** Writes the exporter's own. */
    void write(ReverseProtobuf out) {
        Attributes.write(out, Attributes.OF_RESOURCE, INSTANCE.getKey(), instance);
        out.raw(common);
    }

    void write(ReverseProtobuf out, Cgroup cgroup, CgroupIdentity identity) {
        writeIfAny(out, "k8s.namespace.name", identity.podNamespace());
        writeIfAny(out, "k8s.pod.name", identity.podName());
        writeIfAny(out, "k8s.pod.uid", identity.podUid());
        writeIfAny(
                out, identity.podUid().isEmpty() ? "container.name" : "k8s.container.name", identity.containerName());
        writeIfAny(out, "container.runtime", identity.runtime());
        writeIfAny(out, "container.id", identity.containerId());
        writeIfAny(out, "systemd.slice", identity.slice());
        writeIfAny(out, "systemd.unit", identity.unit());
        Attributes.write(out, Attributes.OF_RESOURCE, "rstat.cgroup.id", cgroup.id());
        for (String key : List.of("process.linux.cgroup", "cgroup")) {
            Attributes.write(out, Attributes.OF_RESOURCE, key, cgroup.path());
        }
        Attributes.write(out, Attributes.OF_RESOURCE, INSTANCE.getKey(), instance + ":" + cgroup.path());
        out.raw(common);
    }

    private static void writeIfAny(ReverseProtobuf out, String key, String value) {
        if (!value.isEmpty()) {
            Attributes.write(out, Attributes.OF_RESOURCE, key, value);
        }
    }
}
