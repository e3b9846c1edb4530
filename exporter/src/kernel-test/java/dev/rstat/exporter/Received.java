// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.MetricsData;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a collector accepted of one cgroup.
 *
 * @param file of its file exporter: the messages, each after its length in four bytes; need not be there yet
 * @param cgroup its path
 */
record Received(Path file, String cgroup) {
    /** The metrics that it accepted last, by name. */
    Map<String, Metric> last() {
        Map<String, Metric> last = new HashMap<>();
        metrics().forEach(metric -> last.put(metric.getName(), metric));
        return last;
    }

    /** All metrics that it accepted, in the order in which they arrived. */
    List<Metric> metrics() {
        List<Metric> metrics = new ArrayList<>();
        if (!Files.exists(file)) {
            return metrics;
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            while (in.available() > 0) {
                byte[] message = new byte[in.readInt()];
                in.readFully(message);
                for (ResourceMetrics resource : MetricsData.parseFrom(message).getResourceMetricsList()) {
                    boolean isOurs = resource.getResource().getAttributesList().stream()
                            .anyMatch(attribute -> attribute.getKey().equals("process.linux.cgroup")
                                    && attribute.getValue().getStringValue().equals(cgroup));
                    if (isOurs) {
                        resource.getScopeMetricsList().forEach(scope -> metrics.addAll(scope.getMetricsList()));
                    }
                }
            }
        } catch (EOFException _) {
            // The collector is at it.
            return List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return metrics;
    }
}
