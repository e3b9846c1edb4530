// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.rstat.collectors.Metric;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Pair;
import dev.rstat.exporter.live.Split;
import dev.rstat.exporter.live.Stat;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** One cgroup as the page gets it. Of one that is gone there is its history. */
final class CgroupJson {
    private static final int MOST_PAIRS = 20;

    private CgroupJson() {}

    static void write(
            JsonGenerator json,
            Frame frame,
            long id,
            List<String> stats,
            String histogram,
            History history,
            Function<Split, List<Pair>> hurts)
            throws IOException {
        int cgroup = frame.index().of(id);
        json.writeStartObject();
        json.writeStringField("id", Long.toUnsignedString(id));
        json.writeBooleanField("gone", cgroup < 0);
        if (cgroup >= 0) {
            json.writeStringField("path", frame.cgroups().get(cgroup).path());
            json.writeObjectFieldStart("values");
            for (Stat stat : frame.stats()) {
                double value = frame.value(stat, cgroup);
                if (Double.isFinite(value)) {
                    json.writeFieldName(stat.key());
                    Numbers.write(json, value);
                }
            }
            json.writeEndObject();
            writePairs(json, frame, cgroup, hurts);
        }
        writeTrack(json, history.of(id, stats, histogram), stats);
        json.writeEndObject();
    }

    private static void writePairs(JsonGenerator json, Frame frame, int cgroup, Function<Split, List<Pair>> hurts)
            throws IOException {
        json.writeObjectFieldStart("hurtBy");
        for (Split split : frame.splits()) {
            json.writeArrayFieldStart(split.key());
            List<Pair> pairs = frame.pairs(split, cgroup);
            for (Pair pair : pairs.subList(0, Math.min(MOST_PAIRS, pairs.size()))) {
                writePair(json, frame, pair.aggressor(), pair.value());
            }
            json.writeEndArray();
        }
        json.writeEndObject();
        json.writeObjectFieldStart("hurts");
        for (Split split : frame.splits()) {
            json.writeArrayFieldStart(split.key());
            List<Map.Entry<Integer, Double>> victims = victims(frame, hurts.apply(split), cgroup);
            for (Map.Entry<Integer, Double> victim : victims.subList(0, Math.min(MOST_PAIRS, victims.size()))) {
                writePair(json, frame, victim.getKey(), victim.getValue());
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void writePair(JsonGenerator json, Frame frame, int other, double value) throws IOException {
        json.writeStartArray();
        if (other >= 0) {
            json.writeString(frame.cgroups().get(other).path());
        } else {
            // Not a path.
            json.writeNumber(other);
        }
        Numbers.write(json, value);
        json.writeEndArray();
    }

    /** Who was hurt by it or anything below it, the worst first. */
    private static List<Map.Entry<Integer, Double>> victims(Frame frame, List<Pair> pairs, int cgroup) {
        Map<Integer, Double> victims = new TreeMap<>();
        for (Pair pair : pairs) {
            if (pair.aggressor() >= 0 && isWithin(frame, pair.aggressor(), cgroup)) {
                victims.merge(pair.victim(), pair.value(), Double::sum);
            }
        }
        return victims.entrySet().stream()
                .sorted(Map.Entry.<Integer, Double>comparingByValue().reversed())
                .toList();
    }

    private static boolean isWithin(Frame frame, int cgroup, int ancestor) {
        int at = cgroup;
        while (at >= 0 && at != ancestor) {
            at = frame.parent(at);
        }
        return at == ancestor;
    }

    private static void writeTrack(JsonGenerator json, Track track, List<String> stats) throws IOException {
        json.writeObjectFieldStart("history");
        json.writeArrayFieldStart("times");
        for (int step = 0; step < track.steps(); step++) {
            json.writeNumber(track.endMillis(step));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("seconds");
        for (int step = 0; step < track.steps(); step++) {
            Numbers.write(json, track.seconds(step));
        }
        json.writeEndArray();
        json.writeObjectFieldStart("values");
        for (int stat = 0; stat < stats.size(); stat++) {
            json.writeArrayFieldStart(stats.get(stat));
            for (int step = 0; step < track.steps(); step++) {
                Numbers.write(json, track.value(stat, step));
            }
            json.writeEndArray();
        }
        json.writeEndObject();
        json.writeArrayFieldStart("observations");
        for (int step = 0; step < track.steps(); step++) {
            writeObservations(json, track, step);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** Bucket, observations, bucket, observations, of those that have some. */
    private static void writeObservations(JsonGenerator json, Track track, int step) throws IOException {
        json.writeStartArray();
        for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
            if (track.observations(step, bucket) > 0) {
                json.writeNumber(bucket);
                Numbers.write(json, track.observations(step, bucket));
            }
        }
        json.writeEndArray();
    }
}
