// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.collectors.bench.Machine;
import dev.rstat.collectors.bench.Measurement;
import dev.rstat.collectors.bench.Quartiles;
import dev.rstat.collectors.bench.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;

/** A result for people: a line for each subject, a column for each quantity, as Markdown has tables. */
public final class ResultTable {
    private ResultTable() {}

    public static String of(Result result) {
        List<String> dimensions = new ArrayList<>();
        List<String> quantities = new ArrayList<>();
        SequencedMap<Map<String, String>, Map<String, String>> lines = new LinkedHashMap<>();
        for (Measurement measurement : result.measurements()) {
            measurement.subject().keySet().stream()
                    .filter(dimension -> !dimensions.contains(dimension))
                    .forEach(dimensions::add);
            String quantity = measurement.quantity() + (measurement.unit().isEmpty() ? "" : ", " + measurement.unit());
            if (!quantities.contains(quantity)) {
                quantities.add(quantity);
            }
            lines.computeIfAbsent(measurement.subject(), _ -> new LinkedHashMap<>())
                    .put(quantity, cell(measurement.value()));
        }
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(dimensions);
        header.addAll(quantities);
        rows.add(header);
        lines.forEach((subject, cells) -> {
            List<String> row = new ArrayList<>();
            dimensions.forEach(dimension -> row.add(subject.getOrDefault(dimension, "")));
            quantities.forEach(quantity -> row.add(cells.getOrDefault(quantity, "-")));
            rows.add(row);
        });
        return align(rows, dimensions.size()) + "\n" + machine(result) + remarks(result);
    }

    /** The median, and in brackets between what the middle half of the repetitions were. */
    private static String cell(Quartiles value) {
        String median = number(value.median());
        return value.repetitions() == 1
                ? median
                : "%s (%s-%s)".formatted(median, number(value.lower()), number(value.upper()));
    }

    /** Three digits, and all of those before the point. */
    static String number(double value) {
        double size = Math.abs(value);
        if (value == Math.rint(value) && size < 1e15) {
            return Long.toString((long) value);
        }
        int places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + places + "f", value);
    }

    private static String align(List<List<String>> rows, int names) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        StringBuilder table = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                String format = "| %" + (column < names ? "-" : "") + widths[column] + "s ";
                table.append(format.formatted(row.get(column)));
            }
            table.append("|\n");
            if (row.equals(rows.getFirst())) {
                for (int column = 0; column < widths.length; column++) {
                    String rule = "-".repeat(widths[column] + 1);
                    table.append('|').append(column < names ? rule + "-" : rule + ":");
                }
                table.append("|\n");
            }
        }
        return table.toString();
    }

    private static String machine(Result result) {
        Machine machine = result.machine();
        TreeSet<Integer> repetitions = new TreeSet<>();
        result.measurements()
                .forEach(measurement -> repetitions.add(measurement.value().repetitions()));
        return "%s, %d CPUs, kernel %s, load %s to %s, %s; medians (quartiles) of up to %d repetitions%n"
                .formatted(
                        machine.processor(),
                        machine.cpus(),
                        machine.kernel(),
                        machine.load(),
                        result.endLoad(),
                        machine.time(),
                        repetitions.isEmpty() ? 0 : repetitions.last());
    }

    private static String remarks(Result result) {
        StringBuilder text = new StringBuilder();
        result.remarks().forEach(remark -> text.append("- ").append(remark).append('\n'));
        return text.toString();
    }
}
