// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Histogram;
import dev.rstat.exporter.live.Pair;
import dev.rstat.exporter.live.Split;
import dev.rstat.exporter.live.Stat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One interval for scripts. Members may be added; what is there keeps its name and meaning as long as {@code format} is 1.
 *
 * <pre>
 * format            1
 * time              of the interval's end, as in RFC 3339
 * interval_seconds  its length
 * consistent        false if a collector could not be read at one moment
 * failures          collectors that could not be read: name to reason
 * stats             [{key, title, unit, collector, help}]
 * cgroups           parents before children: [{
 *   id, path, parent, depth   parent: its id; null for the root
 *   values                    of the stats by key, in their units; what is absent is left out
 *   observations              by the key of the stat of their sum: [{le, count}], le the bucket's inclusive upper bound, null for none;
 *                             buckets with observations only, each its own
 *   by                        who hurt it, by the key of the stat of the whole: [{cgroup, value}], the worst first; `(removed)` for all
 *                             that are gone, `(other)` for the rest
 * }]
 * </pre>
 */
final class FrameJson {
    private static final int FORMAT = 1;

    private final JsonGenerator json;
    private final Frame frame;

    private FrameJson(JsonGenerator json, Frame frame) {
        this.json = json;
        this.frame = frame;
    }

    /**
     * @param cgroups which, by index; true for all that are to be there
     */
    static void write(Frame frame, boolean[] cgroups, Writer out) {
        try {
            JsonGenerator json =
                    new JsonFactory().createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            new FrameJson(json, frame).frame(cgroups);
            json.writeRaw('\n');
            json.flush();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void frame(boolean[] cgroups) throws IOException {
        json.writeStartObject();
        json.writeNumberField("format", FORMAT);
        json.writeStringField("time", frame.time().toString());
        json.writeNumberField("interval_seconds", frame.interval().toNanos() / 1e9);
        json.writeBooleanField("consistent", frame.consistent());
        json.writeObjectFieldStart("failures");
        for (Map.Entry<String, String> failure : new TreeMap<>(frame.failures()).entrySet()) {
            json.writeStringField(failure.getKey(), failure.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("stats");
        for (Stat stat : frame.stats()) {
            json.writeStartObject();
            json.writeStringField("key", stat.key());
            json.writeStringField("title", stat.title());
            json.writeStringField("unit", stat.unit().symbol());
            json.writeStringField("collector", stat.collector());
            json.writeStringField("help", stat.help());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("cgroups");
        for (int i = 0; i < cgroups.length; i++) {
            if (cgroups[i]) {
                cgroup(i);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void cgroup(int index) throws IOException {
        Cgroup cgroup = frame.cgroups().get(index);
        json.writeStartObject();
        json.writeNumberField("id", cgroup.id());
        json.writeStringField("path", cgroup.path());
        json.writeFieldName("parent");
        if (cgroup.parent() == null) {
            json.writeNull();
        } else {
            json.writeNumber(cgroup.parent().id());
        }
        json.writeNumberField("depth", cgroup.depth());
        json.writeObjectFieldStart("values");
        for (Stat stat : frame.stats()) {
            double value = frame.value(stat, index);
            if (!Double.isNaN(value)) {
                json.writeNumberField(stat.key(), value);
            }
        }
        json.writeEndObject();
        json.writeObjectFieldStart("observations");
        for (Histogram histogram : frame.histograms()) {
            observations(histogram, frame.observations(histogram, index));
        }
        json.writeEndObject();
        json.writeObjectFieldStart("by");
        for (Split split : frame.splits()) {
            pairs(split, frame.pairs(split, index));
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void observations(Histogram histogram, long[] observations) throws IOException {
        boolean started = false;
        for (int bucket = 0; bucket < observations.length; bucket++) {
            if (observations[bucket] == 0) {
                continue;
            }
            if (!started) {
                json.writeArrayFieldStart(histogram.key());
                started = true;
            }
            json.writeStartObject();
            json.writeFieldName("le");
            if (Double.isInfinite(histogram.upperBound(bucket))) {
                json.writeNull();
            } else {
                json.writeNumber(histogram.upperBound(bucket));
            }
            json.writeNumberField("count", observations[bucket]);
            json.writeEndObject();
        }
        if (started) {
            json.writeEndArray();
        }
    }

    private void pairs(Split split, List<Pair> pairs) throws IOException {
        if (pairs.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(split.key());
        for (Pair pair : pairs) {
            json.writeStartObject();
            json.writeStringField(
                    "cgroup",
                    switch (pair.aggressor()) {
                        case Pair.REMOVED -> "(removed)";
                        case Pair.OTHER -> "(other)";
                        default -> frame.cgroups().get(pair.aggressor()).path();
                    });
            json.writeNumberField("value", pair.value());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
