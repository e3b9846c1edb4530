// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.collectors.bench.EventsBenchmark;
import dev.rstat.collectors.bench.Measurement;
import dev.rstat.collectors.bench.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** A result as an SVG. */
public final class ResultPlot {
    private static final String CGROUPS = "cgroups";

    private ResultPlot() {}

    public static String of(Result result) {
        String title = "%s: %s, kernel %s"
                .formatted(
                        result.benchmark(),
                        result.machine().processor(),
                        result.machine().kernel());
        Svg svg = new Svg(title);
        switch (result.benchmark()) {
            case "events" ->
                svg.bars(
                        "ns per event, over an empty program and its clock reads",
                        result.measurements().stream()
                                .filter(measurement -> measurement.quantity().equals(EventsBenchmark.COST))
                                .map(measurement -> new Svg.Bar(
                                        "%s %s, %s"
                                                .formatted(
                                                        measurement.subject().get("collector"),
                                                        measurement.subject().get("program"),
                                                        measurement.subject().get("values")),
                                        measurement.value()))
                                .toList(),
                        EventsBenchmark.GOAL_NS,
                        EventsBenchmark.LIMIT_NS);
            case "flush" ->
                svg.lines(
                        CGROUPS,
                        "flush, µs",
                        series(
                                result,
                                measurement -> measurement.unit().equals("us"),
                                measurement -> "%s, %s updated"
                                        .formatted(
                                                measurement.quantity(),
                                                measurement.subject().get("updated"))));
            case "cgroupfs" ->
                svg.lines(
                        CGROUPS,
                        "one reading, µs",
                        series(result, measurement -> measurement.unit().equals("us"), Measurement::quantity));
            case "scrape" -> {
                svg.lines(CGROUPS, "CPU of a scrape, ms", series(result, ResultPlot::isDrawn, ResultPlot::scrape));
                svg.lines(
                        CGROUPS,
                        "bytes of a scrape, MB",
                        series(
                                result,
                                measurement -> measurement.quantity().equals("bytes")
                                        && "rstat serve"
                                                .equals(measurement.subject().get("sender")),
                                ResultPlot::scrape));
            }
            default -> {
                svg.lines(CGROUPS, "read, µs", readings(result));
                for (String quantity : List.of("flush", "event", "memory")) {
                    svg.lines(
                            CGROUPS,
                            quantity + ", " + unit(result, quantity),
                            series(result, measurement -> measurement.quantity().equals(quantity), ResultPlot::store));
                }
            }
        }
        return svg.toString();
    }

    /** Not all that was measured: every sender of plain text, and the service's other formats. */
    private static boolean isDrawn(Measurement measurement) {
        SequencedMap<String, String> subject = measurement.subject();
        boolean text = Format.TEXT.name().equals(subject.get("format"));
        boolean plain = "-".equals(subject.get("encoding"));
        boolean service = "rstat serve".equals(subject.get("sender"));
        return measurement.quantity().equals(ScrapeBenchmark.CPU) && (plain ? text || service : text && service);
    }

    private static String scrape(Measurement measurement) {
        SequencedMap<String, String> subject = measurement.subject();
        String encoding = "-".equals(subject.get("encoding")) ? "" : ", " + subject.get("encoding");
        return "%s, %s%s".formatted(subject.get("sender"), subject.get("format"), encoding);
    }

    /** The copy is the same for all stores, so one line will do. */
    private static List<Svg.Series> readings(Result result) {
        List<Svg.Series> all = new ArrayList<>(
                series(result, measurement -> measurement.quantity().equals("read"), ResultPlot::store));
        List<Svg.Series> copies =
                series(result, measurement -> measurement.quantity().equals("copy"), ResultPlot::store);
        copies.stream().limit(1).forEach(copy -> all.add(new Svg.Series("copy in memory", copy.points())));
        return all;
    }

    private static String store(Measurement measurement) {
        return measurement.subject().getOrDefault("store", "");
    }

    private static String unit(Result result, String quantity) {
        return result.measurements().stream()
                .filter(measurement -> measurement.quantity().equals(quantity))
                .map(measurement -> measurement.unit().replace("us", "µs"))
                .findFirst()
                .orElse("");
    }

    private static List<Svg.Series> series(
            Result result, Predicate<Measurement> which, Function<Measurement, String> name) {
        SequencedMap<String, List<Svg.Point>> series = new LinkedHashMap<>();
        result.measurements().stream()
                .filter(which)
                .forEach(measurement -> series.computeIfAbsent(name.apply(measurement), _ -> new ArrayList<>())
                        .add(new Svg.Point(
                                Double.parseDouble(measurement.subject().getOrDefault(CGROUPS, "1")),
                                measurement.value().median())));
        return series.entrySet().stream()
                .map(entry -> new Svg.Series(entry.getKey(), entry.getValue()))
                .toList();
    }
}
