// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The names of the samples that collectors expose beside each other: a metric belongs to one of them. */
final class Exposed {
    /** Samples of the exporter itself begin with one of these. */
    private static final List<String> RESERVED = List.of("rstat_", "jvm_", "process_", "cgroup_info");

    private final Map<String, String> owners = new HashMap<>();

    void add(CollectorSchema schema) {
        for (Metric metric : schema.metrics()) {
            samples(metric).forEach(name -> owners.put(name, "the collector " + schema.name()));
        }
    }

    /**
     * @throws RstatException if a metric of a collector is another's
     */
    void refuseCollision(CollectorSchema schema) {
        for (Metric metric : schema.metrics()) {
            samples(metric)
                    .filter(name ->
                            owners.containsKey(name) || RESERVED.stream().anyMatch(name::startsWith))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new RstatException("%s.%s: %s exposes `%s` already; name it otherwise"
                                .formatted(
                                        schema.name(),
                                        metric.field(),
                                        owners.getOrDefault(name, "the exporter itself"),
                                        name));
                    });
        }
    }

    /** What the lines of a metric begin with in the exposition. */
    static Stream<String> samples(Metric metric) {
        return switch (metric.type()) {
            case COUNTER, GAUGE, MAX, TOP -> Stream.of(metric.name());
            case HISTOGRAM -> Stream.of("", "_bucket", "_sum", "_count").map(metric.name()::concat);
        };
    }
}
