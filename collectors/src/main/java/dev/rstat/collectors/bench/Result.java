// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import java.util.List;

/**
 * What a benchmark found out.
 *
 * @param benchmark its name
 * @param machine where, and when it began
 * @param endLoad the load average when it ended
 * @param measurements in the order of the table's lines
 * @param remarks what the numbers mean, and what could not be measured and why
 */
public record Result(
        String benchmark, Machine machine, double endLoad, List<Measurement> measurements, List<String> remarks) {
    public Result {
        measurements = List.copyOf(measurements);
        remarks = List.copyOf(remarks);
    }
}
