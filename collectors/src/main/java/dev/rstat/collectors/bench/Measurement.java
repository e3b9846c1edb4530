// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * One number of a benchmark.
 *
 * @param subject what was measured, by the benchmark's dimensions, in their order
 * @param quantity what of it
 * @param unit {@code ns}, {@code us}, {@code ms}, {@code MiB}; empty for a number without
 */
public record Measurement(SequencedMap<String, String> subject, String quantity, String unit, Quartiles value) {
    public Measurement {
        subject = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(subject));
    }

    /**
     * @param dimensions names and values in turns
     */
    public static SequencedMap<String, String> subject(Object... dimensions) {
        SequencedMap<String, String> subject = new LinkedHashMap<>();
        for (int i = 0; i < dimensions.length; i += 2) {
            subject.put(dimensions[i].toString(), dimensions[i + 1].toString());
        }
        return subject;
    }
}
