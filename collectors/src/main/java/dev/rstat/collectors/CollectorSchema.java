// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

    public CollectorSchema {
        metrics = List.copyOf(metrics);
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
        if (!COLLECTOR_NAME.test(struct.name())) {
            throw new RstatException("`%s` is no name for a collector: lower-case letters, digits and _, at most 32"
                    .formatted(struct.name()));
        }
        List<Metric> metrics = new ArrayList<>();
        for (int i = 0; i < struct.fields().size(); i++) {
            metrics.add(metric(btf, struct, i));
        }
        if (metrics.isEmpty()) {
            throw new RstatException("struct %s has no fields".formatted(struct.name()));
        }
        return new CollectorSchema(
                struct.name(), tag(btf.tags(total.id(), -1), "description"), metrics, struct.size() / Long.BYTES);
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
        boolean fits = switch (type) {
            case COUNTER -> btf.isU64(field);
            case HISTOGRAM ->
                btf.struct(field)
                                .filter(s -> s.name().equals("rstat_histogram"))
                                .isPresent()
                        && field.size() == type.words() * Long.BYTES;
        };
        if (!fits) {
            throw new RstatException("%s: a %s is a %s"
                    .formatted(
                            where,
                            type.name().toLowerCase(Locale.ROOT),
                            type == Metric.Type.COUNTER ? "u64" : "struct rstat_histogram"));
        }
        if (field.offset() % Long.BYTES != 0 || field.offset() < 0 || field.offset() + field.size() > struct.size()) {
            throw new RstatException("%s is not where a word of its struct can be".formatted(where));
        }
        if (type == Metric.Type.COUNTER && !name.endsWith("_total")) {
            throw new RstatException("%s: the name of a counter ends in _total, `%s` does not".formatted(where, name));
        }
        return new Metric(
                field.name(),
                name,
                type,
                unit(where, tag(tags, "unit")),
                tag(tags, "help"),
                field.offset() / Long.BYTES);
    }

    private static Metric.Type type(String where, String tag) {
        return switch (tag) {
            case "counter" -> Metric.Type.COUNTER;
            case "histogram" -> Metric.Type.HISTOGRAM;
            default -> throw new RstatException("%s: type `%s` is neither counter nor histogram".formatted(where, tag));
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
