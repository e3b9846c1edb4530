// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What a collector counts, read from the BTF of its object: the C struct is the schema, its {@code btf_decl_tag}s describe the fields.
 *
 * @param name the collector's name: that of its struct
 * @param description a few words
 * @param metrics in the order of the fields
 * @param words u64 words in the struct
 */
public record CollectorSchema(String name, String description, List<Metric> metrics, int words) {
    private static final String TAG = "rstat:";
    private static final Predicate<String> COLLECTOR_NAME =
            Pattern.compile("[a-z][a-z0-9_]{0,31}").asMatchPredicate();
    private static final Predicate<String> METRIC_NAME =
            Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*").asMatchPredicate();

    private static final Predicate<String> LABEL_NAME =
            Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*").asMatchPredicate();

    public CollectorSchema {
        metrics = List.copyOf(metrics);
    }

    /** Whether a collector can be called that. */
    public static boolean isName(String name) {
        return COLLECTOR_NAME.test(name) && !name.equals(PinRoot.ANCESTORS);
    }

    /**
     * @throws RstatException if the object is no collector or a field is described wrongly; says which and how
     */
    public static CollectorSchema of(Btf btf) {
        Btf.Struct total = btf.struct("rstat_total")
                .orElseThrow(() -> new RstatException("not a collector: no RSTAT_COLLECTOR in this object"));
        Btf.Struct struct = total.fields().stream()
                .filter(field -> field.name().equals("total"))
                .findFirst()
                .flatMap(btf::struct)
                .orElseThrow(() -> new RstatException("not a collector: struct rstat_total has no struct `total`"));
        if (!isName(struct.name())) {
            throw new RstatException(
                    "`%s` is no name for a collector: lower-case letters, digits and _, at most 32, and not `ancestors`"
                            .formatted(struct.name()));
        }
        List<Metric> metrics = new ArrayList<>();
        for (int i = 0; i < struct.fields().size(); i++) {
            metrics.add(metric(btf, struct, i));
        }
        if (metrics.isEmpty()) {
            throw new RstatException("struct %s has no fields".formatted(struct.name()));
        }
        List<String> tags = btf.tags(total.id(), -1);
        String format = tag(tags, "format");
        if (!format.equals(Integer.toString(CollectorRecord.FORMAT))) {
            throw new RstatException(
                    "compiled against rstat.h of another version (format %s, this one loads %d); build it again: rstat collector build"
                            .formatted(format.isEmpty() ? "1" : format, CollectorRecord.FORMAT));
        }
        checkFamilies(struct.name(), metrics);
        return new CollectorSchema(struct.name(), tag(tags, "description"), metrics, struct.size() / Long.BYTES);
    }

    /** Fields of one name are one family: their labels, and nothing else, tell them apart. */
    private static void checkFamilies(String struct, List<Metric> metrics) {
        Map<String, Metric> first = new HashMap<>();
        Set<List<?>> series = new HashSet<>();
        for (Metric metric : metrics) {
            Metric other = first.putIfAbsent(metric.name(), metric);
            if (!series.add(List.of(metric.name(), metric.labels()))) {
                throw new RstatException("%s.%s: another field is %s too; tell them apart with RSTAT_LABEL"
                        .formatted(struct, metric.field(), metric.name()));
            }
            if (other != null
                    && (other.type() != metric.type()
                            || other.unit() != metric.unit()
                            || !other.help().equals(metric.help())
                            || !labelNames(other).equals(labelNames(metric)))) {
                throw new RstatException(
                        "%s.%s and %s.%s are both %s, but differ in type, unit, help or the names of their labels"
                                .formatted(struct, other.field(), struct, metric.field(), metric.name()));
            }
        }
    }

    private static List<String> labelNames(Metric metric) {
        return metric.labels().stream().map(Label::name).toList();
    }

    /** The metrics of each name, in the order of their first fields. */
    public List<List<Metric>> families() {
        SequencedMap<String, List<Metric>> families = new LinkedHashMap<>();
        metrics.forEach(metric ->
                families.computeIfAbsent(metric.name(), _ -> new ArrayList<>()).add(metric));
        return List.copyOf(families.values());
    }

    private static Metric metric(Btf btf, Btf.Struct struct, int index) {
        Btf.Field field = struct.fields().get(index);
        String where = struct.name() + "." + field.name();
        List<String> tags = btf.tags(struct.id(), index);
        String name = tag(tags, "name");
        if (name.isEmpty()) {
            throw new RstatException("%s has no RSTAT_METRIC".formatted(where));
        }
        if (!METRIC_NAME.test(name)) {
            throw new RstatException("%s: `%s` is no metric name".formatted(where, name));
        }
        Metric.Type type = type(where, tag(tags, "type"));
        String struct64 = switch (type) {
            case COUNTER, GAUGE -> "u64";
            case HISTOGRAM -> "struct rstat_histogram";
            case MAX -> "struct rstat_max";
            case TOP -> "struct rstat_top";
        };
        boolean fits = struct64.equals("u64")
                ? btf.isU64(field)
                : field.size() == type.words() * Long.BYTES
                        && btf.struct(field)
                                .filter(s -> struct64.equals("struct " + s.name()))
                                .isPresent();
        if (!fits) {
            throw new RstatException(
                    "%s: a %s is a %s".formatted(where, type.name().toLowerCase(Locale.ROOT), struct64));
        }
        if (field.offset() % Long.BYTES != 0 || field.offset() < 0 || field.offset() + field.size() > struct.size()) {
            throw new RstatException("%s is not where a word of its struct can be".formatted(where));
        }
        if ((type == Metric.Type.COUNTER || type == Metric.Type.TOP) && !name.endsWith("_total")) {
            throw new RstatException("%s: the name of a counter ends in _total, `%s` does not".formatted(where, name));
        }
        return new Metric(
                field.name(),
                name,
                type,
                unit(where, tag(tags, "unit")),
                tag(tags, "help"),
                field.offset() / Long.BYTES,
                labels(where, tags),
                key(where, type, tag(tags, "key")),
                tag(tags, "flush").equals("own"));
    }

    private static List<Label> labels(String where, List<String> tags) {
        List<Label> labels = new ArrayList<>();
        for (String tag : tags) {
            if (tag.startsWith(TAG + "label=")) {
                String text = tag.substring((TAG + "label=").length());
                int equals = text.indexOf('=');
                if (equals < 0 || !isLabelName(text.substring(0, equals))) {
                    throw new RstatException(
                            "%s: `%s` is no label: RSTAT_LABEL(\"name\", \"value\")".formatted(where, text));
                }
                labels.add(new Label(text.substring(0, equals), text.substring(equals + 1)));
            }
        }
        // Attributes of a field come in no order that a compiler promises.
        labels.sort(Comparator.comparing(Label::name));
        return labels;
    }

    /** {@code cgroup} and {@code le} are given by the exporter. */
    private static boolean isLabelName(String name) {
        return LABEL_NAME.test(name)
                && !name.startsWith("__")
                && !List.of("cgroup", "le").contains(name);
    }

    private static String key(String where, Metric.Type type, String key) {
        if ((type == Metric.Type.TOP) != isLabelName(key)) {
            throw new RstatException("%s: %s"
                    .formatted(
                            where,
                            type == Metric.Type.TOP
                                    ? "a top needs RSTAT_KEY(\"label\") for the other cgroup's path"
                                    : "RSTAT_KEY is for a top only"));
        }
        return key;
    }

    private static Metric.Type type(String where, String tag) {
        return switch (tag) {
            case "counter" -> Metric.Type.COUNTER;
            case "gauge" -> Metric.Type.GAUGE;
            case "histogram" -> Metric.Type.HISTOGRAM;
            case "max" -> Metric.Type.MAX;
            case "top" -> Metric.Type.TOP;
            default ->
                throw new RstatException(
                        "%s: type `%s` is none of counter, gauge, histogram, max, top".formatted(where, tag));
        };
    }

    private static Metric.Unit unit(String where, String tag) {
        return switch (tag) {
            case "" -> Metric.Unit.NONE;
            case "bytes" -> Metric.Unit.BYTES;
            case "ns" -> Metric.Unit.NANOSECONDS;
            default -> throw new RstatException("%s: unit `%s` is none of \"\", bytes, ns".formatted(where, tag));
        };
    }

    /** The value of the tag {@code rstat:KEY=VALUE}; empty if there is none. */
    private static String tag(List<String> tags, String key) {
        String prefix = TAG + key + "=";
        return tags.stream()
                .filter(tag -> tag.startsWith(prefix))
                .map(tag -> tag.substring(prefix.length()))
                .findFirst()
                .orElse("");
    }
}
