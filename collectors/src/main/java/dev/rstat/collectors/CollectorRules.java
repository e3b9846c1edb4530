// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.btf.Btf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a collector must keep to beyond a schema that can be read: what the kernel has room for, and what would make two things one in the
 * exposition. Each is said with the field's name and the cure.
 */
final class CollectorRules {
    /** PCPU_MIN_UNIT_SIZE of include/linux/percpu.h: the kernel allocates no more than that per CPU at once. */
    private static final int LARGEST_VALUE = 32 << 10;

    /** Longest name of a line in a stats file: RSTAT_KEY_LENGTH of bpf/state.h, less its final zero. */
    private static final int LONGEST_KEY = 55;

    private static final String TAG = "rstat:";
    private static final Set<String> TAG_KEYS = Set.of("name", "type", "unit", "help");

    /** Families of the exporter itself begin with one of these. */
    private static final List<String> RESERVED = List.of("rstat_", "jvm_", "process_", "cgroup_info");

    private CollectorRules() {}

    /**
     * The rules that an object breaks; none if it is good.
     *
     * @param programs the names of its programs
     */
    static List<String> broken(Btf btf, CollectorSchema schema, List<String> programs) {
        List<String> broken = new ArrayList<>();
        size(btf, schema).ifPresent(broken::add);
        if (programs.stream().allMatch(name -> name.startsWith("rstat_"))) {
            broken.add(
                    "%s has no program of its own, so nothing would be counted; write one, such as SEC(\"tp_btf/...\")"
                            .formatted(schema.name()));
        }
        struct(btf).ifPresent(struct -> tags(btf, struct, broken));
        Map<String, Metric> series = new HashMap<>();
        for (Metric metric : schema.metrics()) {
            fields(schema, metric, broken);
            collisions(schema, metric, series, broken);
        }
        return broken;
    }

    private static Optional<String> size(Btf btf, CollectorSchema schema) {
        return btf.struct("rstat_cpu_value")
                .map(Btf.Struct::size)
                .filter(size -> size > LARGEST_VALUE)
                .map(size ->
                        "struct %s is too large: the kernel allocates at most %d bytes per CPU for a cgroup, and what is kept there (the struct twice, and two counts) takes %d; have at most %d words of 8 bytes, a histogram has %d, or make it two collectors"
                                .formatted(
                                        schema.name(),
                                        LARGEST_VALUE,
                                        size,
                                        (LARGEST_VALUE / Long.BYTES - 2) / 2,
                                        Metric.Type.HISTOGRAM.words()));
    }

    private static Optional<Btf.Struct> struct(Btf btf) {
        return btf.struct("rstat_total")
                .flatMap(total -> total.fields().stream()
                        .filter(field -> field.name().equals("total"))
                        .findFirst()
                        .flatMap(btf::struct));
    }

    private static void tags(Btf btf, Btf.Struct struct, List<String> broken) {
        for (int i = 0; i < struct.fields().size(); i++) {
            String where = struct.name() + "." + struct.fields().get(i).name();
            Set<String> seen = new HashSet<>();
            for (String tag : btf.tags(struct.id(), i)) {
                if (!tag.startsWith(TAG)) {
                    continue;
                }
                int equals = tag.indexOf('=');
                String key = equals < 0 ? "" : tag.substring(TAG.length(), equals);
                if (!TAG_KEYS.contains(key)) {
                    broken.add(
                            "%s: the tag `%s` means nothing; describe the field with RSTAT_METRIC(name, type, unit, help) and no other rstat: tag"
                                    .formatted(where, tag));
                } else if (!seen.add(key)) {
                    broken.add("%s has two tags rstat:%s; give it one RSTAT_METRIC".formatted(where, key));
                }
            }
        }
    }

    private static void fields(CollectorSchema schema, Metric metric, List<String> broken) {
        String where = schema.name() + "." + metric.field();
        if (metric.help().isBlank()) {
            broken.add("%s has no help; say in a sentence what is counted, the last argument of RSTAT_METRIC"
                    .formatted(where));
        }
        if (metric.unit() == Metric.Unit.NANOSECONDS && !metric.name().contains("_seconds")) {
            broken.add("%s counts ns and is exposed in seconds, so its name says so: `%s` needs _seconds at its end%s"
                    .formatted(where, metric.name(), metric.type() == Metric.Type.COUNTER ? ", before _total" : ""));
        }
        if (metric.unit() == Metric.Unit.BYTES && !metric.name().contains("_bytes")) {
            broken.add("%s counts bytes, so its name says so: `%s` needs _bytes at its end%s"
                    .formatted(where, metric.name(), metric.type() == Metric.Type.COUNTER ? ", before _total" : ""));
        }
        int longest = longestKey(metric);
        if (longest > LONGEST_KEY) {
            broken.add(
                    "%s is too long a name: in stats files it makes %d characters, and there is room for %d; shorten it"
                            .formatted(where, longest, LONGEST_KEY));
        }
    }

    /** As CollectorLoad writes them. */
    private static int longestKey(Metric metric) {
        int field = metric.field().length();
        return switch (metric.type()) {
            case COUNTER -> field;
            case HISTOGRAM ->
                field
                        + IntStream.range(0, Metric.BUCKETS - 1)
                                .map(bucket -> ("_le_" + metric.upperBoundFloor(bucket)
                                                + metric.unit().suffix())
                                        .length())
                                .max()
                                .orElse(0);
        };
    }

    private static void collisions(
            CollectorSchema schema, Metric metric, Map<String, Metric> series, List<String> broken) {
        String where = schema.name() + "." + metric.field();
        for (String reserved : RESERVED) {
            if (metric.name().startsWith(reserved)) {
                broken.add("%s: `%s` belongs to the exporter itself, as all that begins with %s; name it cgroup_%s_..."
                        .formatted(where, metric.name(), reserved, schema.name()));
            }
        }
        Metric other = series(metric)
                .map(name -> series.putIfAbsent(name, metric))
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElse(null);
        if (other != null) {
            broken.add("%s and %s.%s would both expose `%s`; rename one of them"
                    .formatted(where, schema.name(), other.field(), metric.name()));
        }
    }

    /** The names that a metric's samples have. */
    private static Stream<String> series(Metric metric) {
        return switch (metric.type()) {
            case COUNTER -> Stream.of(metric.name());
            case HISTOGRAM -> Stream.of("", "_bucket", "_sum", "_count").map(metric.name()::concat);
        };
    }

    /**
     * Why a collector cannot be exposed beside others; empty if it can.
     *
     * @param exposed names of samples, and the collectors that have them
     */
    static Optional<String> collision(CollectorSchema schema, Map<String, String> exposed) {
        return schema.metrics().stream()
                .flatMap(metric -> series(metric)
                        .filter(exposed::containsKey)
                        .map(name -> "%s.%s: the collector %s exposes `%s` already; name it otherwise"
                                .formatted(schema.name(), metric.field(), exposed.get(name), name)))
                .findFirst();
    }

    /** Adds what a collector exposes to {@code exposed}. */
    static void expose(CollectorSchema schema, Map<String, String> exposed) {
        schema.metrics().stream().flatMap(CollectorRules::series).forEach(name -> exposed.put(name, schema.name()));
    }
}
