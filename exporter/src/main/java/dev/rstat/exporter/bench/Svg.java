// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import dev.rstat.collectors.bench.Quartiles;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Plots below each other, for light and dark pages: lines on logarithmic scales, and bars. */
final class Svg {
    private static final int WIDTH = 800;
    private static final int LEFT = 80;
    private static final int RIGHT = 240;
    private static final int HEIGHT = 280;
    private static final int MARGIN = 50;
    private static final int LINE = 18;
    private static final int BAR_LEFT = 300;

    /** Readable on white and on black. */
    private static final List<String> COLOURS =
            List.of("#3b82f6", "#d97706", "#10a37f", "#c04ee0", "#e0484d", "#7c8594", "#0ea5b7", "#a38a00");

    private final StringBuilder body = new StringBuilder();
    private int bottom = 2 * LINE;

    /** Both above zero; other points are not drawn. */
    record Point(double x, double y) {}

    record Series(String name, List<Point> points) {}

    record Bar(String name, Quartiles value) {}

    Svg(String title) {
        text(8, LINE, "start", title);
    }

    /** A plot with a logarithmic scale each way. */
    void lines(String xLabel, String yLabel, List<Series> series) {
        Scale x = Scale.logarithmic(series, Point::x, LEFT, WIDTH - RIGHT);
        Scale y = Scale.logarithmic(series, Point::y, bottom + HEIGHT, bottom + LINE);
        int floor = bottom + HEIGHT;
        for (double power = x.first; power <= x.last * 1.01; power *= 10) {
            rule(x.at(power), floor, x.at(power), bottom + LINE);
            text(x.at(power), floor + LINE, "middle", label(power));
        }
        for (double power = y.first; power <= y.last * 1.01; power *= 10) {
            rule(LEFT, y.at(power), WIDTH - RIGHT, y.at(power));
            text(LEFT - 6, y.at(power) + 4, "end", label(power));
        }
        text((LEFT + WIDTH - RIGHT) / 2.0, floor + 2 * LINE, "middle", xLabel);
        text(8, bottom + 8, "start", yLabel);
        for (int i = 0; i < series.size(); i++) {
            String colour = COLOURS.get(i % COLOURS.size());
            StringBuilder path = new StringBuilder();
            for (Point point : series.get(i).points()) {
                if (point.x() > 0 && point.y() > 0) {
                    path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(point.x()), y.at(point.y())));
                    body.append(String.format(
                            Locale.ROOT,
                            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n",
                            x.at(point.x()),
                            y.at(point.y()),
                            colour));
                }
            }
            body.append(String.format(
                    Locale.ROOT,
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
                    path.toString().strip(),
                    colour));
            double at = bottom + LINE * (i + 1.5);
            body.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"%.1f\" width=\"14\" height=\"4\" fill=\"%s\"/>%n",
                    WIDTH - RIGHT + 12,
                    at - 6,
                    colour));
            text(WIDTH - RIGHT + 32, at, "start", series.get(i).name());
        }
        bottom = Math.max(floor, bottom + LINE * (series.size() + 2)) + MARGIN + LINE;
    }

    /**
     * A bar for each median, with a line over it for the middle half.
     *
     * @param marks values at which a line goes down
     */
    void bars(String xLabel, List<Bar> bars, double... marks) {
        double most = 1;
        for (Bar bar : bars) {
            most = Math.max(most, Math.max(bar.value().median(), bar.value().upper()));
        }
        for (double mark : marks) {
            most = Math.max(most, mark);
        }
        Scale x = Scale.linear(most, BAR_LEFT, WIDTH - 30);
        int floor = bottom + LINE * (bars.size() + 1);
        rule(x.at(0), bottom, x.at(0), floor);
        text(x.at(0), floor + LINE, "middle", "0");
        for (double mark : marks) {
            rule(x.at(mark), bottom, x.at(mark), floor);
            text(x.at(mark), floor + LINE, "middle", label(mark));
        }
        text((BAR_LEFT + WIDTH) / 2.0, floor + 2 * LINE, "middle", xLabel);
        for (int i = 0; i < bars.size(); i++) {
            Quartiles value = bars.get(i).value();
            double at = bottom + LINE * (i + 1);
            text(BAR_LEFT - 8, at + 4, "end", bars.get(i).name());
            body.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"10\" fill=\"%s\"/>%n",
                    x.at(Math.min(0, value.median())),
                    at - 5,
                    Math.abs(x.at(value.median()) - x.at(0)),
                    COLOURS.getFirst()));
            body.append(String.format(
                    Locale.ROOT,
                    "<path d=\"M%.1f %.1fH%.1f\" stroke=\"currentColor\" stroke-width=\"2\"/>%n",
                    x.at(value.lower()),
                    at,
                    x.at(value.upper())));
        }
        bottom = floor + MARGIN + LINE;
    }

    private void rule(double x1, double y1, double x2, double y2) {
        body.append(String.format(Locale.ROOT, "<path class=\"rule\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n", x1, y1, x2, y2));
    }

    private void text(double x, double y, String anchor, String text) {
        body.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")));
    }

    private static String label(double value) {
        return value >= 1000 ? String.format(Locale.ROOT, "%,.0f", value) : ResultTable.number(value);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d">
                <style>
                svg { color: #1f2328; font: 13px sans-serif; }
                @media (prefers-color-scheme: dark) { svg { color: #e6edf3; } }
                text { fill: currentColor; }
                .rule { stroke: currentColor; stroke-opacity: 0.25; fill: none; }
                </style>
                %3$s</svg>
                """, WIDTH, bottom, body);
    }

    /** From values to places. */
    private record Scale(double first, double last, double from, double to, boolean logarithmic) {
        /** From the power of ten below the least to that above the largest. */
        static Scale logarithmic(List<Series> series, ToDoubleFunction<Point> value, double from, double to) {
            double least = Double.MAX_VALUE;
            double most = 0;
            for (Series line : series) {
                for (Point point : line.points()) {
                    if (value.applyAsDouble(point) > 0) {
                        least = Math.min(least, value.applyAsDouble(point));
                        most = Math.max(most, value.applyAsDouble(point));
                    }
                }
            }
            if (most == 0) {
                return new Scale(1, 10, from, to, true);
            }
            double first = Math.pow(10, Math.floor(Math.log10(least)));
            double last = Math.pow(10, Math.ceil(Math.log10(most)));
            return new Scale(first, Math.max(last, first * 10), from, to, true);
        }

        static Scale linear(double last, double from, double to) {
            return new Scale(0, last, from, to, false);
        }

        double at(double value) {
            double share =
                    logarithmic ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first);
            return from + share * (to - from);
        }
    }
}
