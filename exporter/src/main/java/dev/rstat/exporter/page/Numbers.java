// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** Numbers as the page gets them: four significant digits are more than it shows, and a third of the bytes. */
final class Numbers {
    private static final double DIGITS = 1e3;

    private Numbers() {}

    /** What is not a number is null. */
    static void write(JsonGenerator json, double value) throws IOException {
        if (!Double.isFinite(value)) {
            json.writeNull();
        } else if (value == Math.rint(value) && Math.abs(value) < Long.MAX_VALUE) {
            json.writeNumber((long) value);
        } else {
            json.writeNumber((float) rounded(value));
        }
    }

    private static double rounded(double value) {
        double unit = Math.pow(10, Math.floor(Math.log10(Math.abs(value)))) / DIGITS;
        return Math.rint(value / unit) * unit;
    }
}
