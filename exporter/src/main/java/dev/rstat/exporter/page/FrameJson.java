// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CollectorSnapshot;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Histogram;
import dev.rstat.exporter.live.Pair;
import dev.rstat.exporter.live.Split;
import dev.rstat.exporter.live.Stat;
import dev.rstat.exporter.live.Unit;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** A frame as the page gets it. Cgroups are named by their index; values are of those only that have one that is not 0. */
final class FrameJson {
    /** Who hurt whom: the worst. */
    private static final int MOST_PAIRS = 50;

    private FrameJson() {}

    static void write(
            JsonGenerator json,
            Present.Shown present,
            List<String> stats,
            boolean tree,
            About about,
            History history,
            Function<Split, List<Pair>> hurts)
            throws IOException {
        Frame frame = present.frame();
        json.writeStartObject();
        json.writeNumberField("number", present.number());
        json.writeNumberField("time", frame.time().toEpochMilli());
        json.writeNumberField("seconds", frame.interval().toMillis() / 1e3);
        json.writeBooleanField("consistent", frame.consistent());
        json.writeStringField("version", about.version());
        json.writeStringField("host", about.host());
        json.writeStringField("metrics", about.telemetryPath());
        writeHistory(json, history);
        writeCollectors(json, present.collectors(), frame.failures());
        writeKinds(json, frame);
        json.writeNumberField("tree", present.tree());
        if (tree) {
            writeTree(json, frame);
        }
        json.writeObjectFieldStart("values");
        for (String key : stats) {
            Stat stat = frame.stat(key).orElse(null);
            if (stat != null) {
                json.writeFieldName(key);
                writeValues(json, frame.values(stat));
            }
        }
        json.writeEndObject();
        writePairs(json, frame.splits(), hurts);
        json.writeEndObject();
    }

    private static void writeHistory(JsonGenerator json, History history) throws IOException {
        json.writeObjectFieldStart("history");
        json.writeNumberField("seconds", history.length().toSeconds());
        json.writeFieldName("step");
        Numbers.write(json, history.longestStep());
        json.writeBooleanField("partial", history.isPartial());
        json.writeEndObject();
    }

    private static void writeCollectors(
            JsonGenerator json, List<CollectorSnapshot> collectors, Map<String, String> failures) throws IOException {
        json.writeArrayFieldStart("collectors");
        for (CollectorSnapshot collector : collectors) {
            json.writeStartObject();
            json.writeStringField("name", collector.schema().name());
            json.writeStringField("description", collector.schema().description());
            json.writeStringField("mode", collector.mode().label());
            json.writeStringField("store", collector.store().label());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeObjectFieldStart("failures");
        for (Map.Entry<String, String> failure : new TreeMap<>(failures).entrySet()) {
            json.writeStringField(failure.getKey(), failure.getValue());
        }
        json.writeEndObject();
    }

    private static void writeKinds(JsonGenerator json, Frame frame) throws IOException {
        json.writeArrayFieldStart("stats");
        for (Stat stat : frame.stats()) {
            writeKind(json, stat.key(), stat.title(), stat.unit(), stat.help(), stat.collector());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("histograms");
        for (Histogram histogram : frame.histograms()) {
            writeKind(
                    json,
                    histogram.key(),
                    histogram.title(),
                    histogram.unit(),
                    histogram.help(),
                    histogram.collector());
            json.writeNumberField("buckets", histogram.buckets());
            json.writeNumberField("first", histogram.upperBound(0));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("splits");
        for (Split split : frame.splits()) {
            writeKind(json, split.key(), split.title(), split.unit(), split.help(), split.collector());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeKind(
            JsonGenerator json, String key, String title, Unit unit, String help, String collector) throws IOException {
        json.writeStartObject();
        json.writeStringField("key", key);
        json.writeStringField("title", title);
        json.writeStringField("unit", unit.name());
        json.writeStringField("help", help);
        json.writeStringField("collector", collector);
    }

    private static void writeTree(JsonGenerator json, Frame frame) throws IOException {
        json.writeArrayFieldStart("ids");
        for (Cgroup cgroup : frame.cgroups()) {
            // As text: a script's numbers have 53 bits.
            json.writeString(Long.toUnsignedString(cgroup.id()));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("parents");
        for (int i = 0; i < frame.cgroups().size(); i++) {
            json.writeNumber(frame.parent(i));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("names");
        for (Cgroup cgroup : frame.cgroups()) {
            json.writeString(cgroup.path().substring(cgroup.path().lastIndexOf('/') + 1));
        }
        json.writeEndArray();
    }

    private static void writeValues(JsonGenerator json, double[] values) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("of");
        for (int i = 0; i < values.length; i++) {
            if (isWorthy(values[i])) {
                json.writeNumber(i);
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("are");
        for (double value : values) {
            if (isWorthy(value)) {
                Numbers.write(json, value);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static boolean isWorthy(double value) {
        return value != 0 && Double.isFinite(value);
    }

    private static void writePairs(JsonGenerator json, List<Split> splits, Function<Split, List<Pair>> hurts)
            throws IOException {
        json.writeObjectFieldStart("pairs");
        for (Split split : splits) {
            json.writeArrayFieldStart(split.key());
            List<Pair> pairs = hurts.apply(split);
            for (Pair pair : pairs.subList(0, Math.min(MOST_PAIRS, pairs.size()))) {
                json.writeStartArray();
                json.writeNumber(pair.victim());
                json.writeNumber(pair.aggressor());
                Numbers.write(json, pair.value());
                json.writeEndArray();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }
}
