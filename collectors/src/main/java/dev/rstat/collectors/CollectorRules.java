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
 * What a collector must keep to beyond a schema that can be read: what the kernel has room for, and what readers would misunderstand.
 * Each mistake is said with the field's name and the cure.
 */
final class CollectorRules {
    /** PCPU_MIN_UNIT_SIZE of include/linux/percpu.h: the kernel allocates no more than that per CPU at once. */
    private static final int LARGEST_CELL = 32 << 10;

    /** An iterator prints no more at once: BPF_ITER's buffer of 8 pages. */
    private static final int LARGEST_FILE = 32 << 10;

    /** Longest name of a line in a stats file: RSTAT_KEY_LENGTH of bpf/state.h, less its final zero. */
    private static final int LONGEST_KEY = 55;

    private static final int LONGEST_NUMBER = 20;
    private static final String TAG = "rstat:";

    /** The keys of the tags that bpf/rstat.h makes. */
    private static final Set<String> TAG_KEYS = Set.of("name", "type", "unit", "help", "label", "key", "flush");

    private CollectorRules() {}

    /** The mistakes in an object; none if it is good. */
    static List<String> broken(Btf btf, CollectorSchema schema) {
        List<String> broken = new ArrayList<>();
        cell(btf, schema).ifPresent(broken::add);
        file(schema).ifPresent(broken::add);
        struct(btf).ifPresent(struct -> tags(btf, struct, broken));
        Map<String, Metric> samples = new HashMap<>();
        for (Metric metric : schema.metrics()) {
            String where = schema.name() + "." + metric.field();
            names(where, metric, broken);
            Exposed.samples(metric).forEach(sample -> {
                Metric other = samples.putIfAbsent(sample, metric);
                if (other != null && !other.name().equals(metric.name())) {
                    broken.add("%s and %s.%s would both expose `%s`; rename one of them"
                            .formatted(where, schema.name(), other.field(), sample));
                }
            });
        }
        return broken;
    }

    private static Optional<String> cell(Btf btf, CollectorSchema schema) {
        return btf.struct("rstat_cell")
                .map(Btf.Struct::size)
                .filter(size -> size > LARGEST_CELL)
                .map(size ->
                        "struct %s is too large: the kernel allocates at most %d bytes per CPU for a cgroup, and what is kept there (the struct twice, and two counts) takes %d; have at most %d words of 8 bytes, a histogram has %d, or make it two collectors"
                                .formatted(
                                        schema.name(),
                                        LARGEST_CELL,
                                        size,
                                        (LARGEST_CELL / Long.BYTES - 2) / 2,
                                        Metric.Type.HISTOGRAM.words()));
    }

    private static Optional<String> file(CollectorSchema schema) {
        int size = 0;
        for (Metric metric : schema.metrics()) {
            // A top's lines have a cgroup's id in their names.
            int numbers = metric.type() == Metric.Type.TOP ? 2 : 1;
            size += keys(metric)
                    .mapToInt(key -> key.length() + numbers * (1 + LONGEST_NUMBER) + 1)
                    .sum();
        }
        return size <= LARGEST_FILE
                ? Optional.empty()
                : Optional.of(
                        "struct %s has too many values for a stats file: up to %d bytes, and the kernel prints at most %d; make it two collectors"
                                .formatted(schema.name(), size, LARGEST_FILE));
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
                            "%s: the tag `%s` means nothing; describe the field with RSTAT_METRIC(name, type, unit, help) and the other macros of rstat.h"
                                    .formatted(where, tag));
                } else if (!seen.add(key) && !key.equals("label")) {
                    broken.add("%s has two tags rstat:%s; give it one RSTAT_METRIC".formatted(where, key));
                }
            }
        }
    }

    private static void names(String where, Metric metric, List<String> broken) {
        if (metric.help().isBlank()) {
            broken.add("%s has no help; say in a sentence what is counted, the last argument of RSTAT_METRIC"
                    .formatted(where));
        }
        String unit = switch (metric.unit()) {
            case NONE -> "";
            case BYTES -> "_bytes";
            case NANOSECONDS -> "_seconds";
        };
        if (!metric.name().contains(unit)) {
            broken.add("%s counts %s and is exposed in%s, so its name says so: `%s` needs %s at its end%s"
                    .formatted(
                            where,
                            metric.unit().suffix(),
                            unit.replace('_', ' '),
                            metric.name(),
                            unit,
                            metric.name().endsWith("_total") ? ", before _total" : ""));
        }
        int longest = keys(metric).mapToInt(String::length).max().orElse(0);
        if (longest > LONGEST_KEY) {
            broken.add(
                    "%s is too long a name: in stats files it makes %d characters, and there is room for %d; shorten it"
                            .formatted(where, longest, LONGEST_KEY));
        }
    }

    /** The names of a metric's lines in a stats file; {@link Constants} has them written. */
    private static Stream<String> keys(Metric metric) {
        String field = metric.field();
        String unit = metric.unit().suffix();
        return switch (metric.type()) {
            case COUNTER -> Stream.of(field);
            case GAUGE, MAX -> Stream.of(field + "_" + unit);
            case TOP -> IntStream.rangeClosed(0, Metric.TOP_ENTRIES).mapToObj(_ -> field + "_" + unit);
            case HISTOGRAM ->
                IntStream.rangeClosed(0, Metric.BUCKETS)
                        .mapToObj(line -> line < Metric.BUCKETS - 1
                                ? field + "_le_" + metric.upperBoundFloor(line) + unit
                                : field + "_count");
        };
    }
}
