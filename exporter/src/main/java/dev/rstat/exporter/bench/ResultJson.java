// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.rstat.collectors.bench.Machine;
import dev.rstat.collectors.bench.Measurement;
import dev.rstat.collectors.bench.Result;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/** A result for programs, with all there is. */
public final class ResultJson {
    private ResultJson() {}

    public static String of(Result result) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeStringField("benchmark", result.benchmark());
            machine(json, result);
            json.writeArrayFieldStart("measurements");
            for (Measurement measurement : result.measurements()) {
                measurement(json, measurement);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("remarks");
            for (String remark : result.remarks()) {
                json.writeString(remark);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return text + "\n";
    }

    private static void machine(JsonGenerator json, Result result) throws IOException {
        Machine machine = result.machine();
        json.writeObjectFieldStart("machine");
        json.writeStringField("processor", machine.processor());
        json.writeNumberField("cpus", machine.cpus());
        json.writeStringField("kernel", machine.kernel());
        json.writeStringField("time", machine.time().toString());
        json.writeNumberField("loadBefore", machine.load());
        json.writeNumberField("loadAfter", result.endLoad());
        json.writeEndObject();
    }

    private static void measurement(JsonGenerator json, Measurement measurement) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, String> dimension : measurement.subject().entrySet()) {
            json.writeStringField(dimension.getKey(), dimension.getValue());
        }
        json.writeStringField("quantity", measurement.quantity());
        json.writeStringField("unit", measurement.unit());
        json.writeNumberField("median", measurement.value().median());
        json.writeNumberField("lowerQuartile", measurement.value().lower());
        json.writeNumberField("upperQuartile", measurement.value().upper());
        json.writeNumberField("repetitions", measurement.value().repetitions());
        json.writeEndObject();
    }
}
