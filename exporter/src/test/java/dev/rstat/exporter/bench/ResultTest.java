// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rstat.collectors.bench.Machine;
import dev.rstat.collectors.bench.Measurement;
import dev.rstat.collectors.bench.Quartiles;
import dev.rstat.collectors.bench.Result;
import java.io.StringReader;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** One result as table, JSON and plot. */
class ResultTest {
    private static final Machine MACHINE =
            new Machine("A <fast> & good CPU", 2, "6.18.44", 0.5, Instant.parse("2026-11-23T12:00:00Z"));

    private static final Result FLUSH = new Result(
            "flush",
            MACHINE,
            1.25,
            List.of(
                    new Measurement(flush(100, 10), "walk", "us", new Quartiles(90, 100, 120.5, 31)),
                    new Measurement(flush(100, 10), "rstat", "us", new Quartiles(8, 10, 12, 31)),
                    new Measurement(flush(100, 10), "walk / rstat", "", new Quartiles(9, 10.25, 11, 31)),
                    new Measurement(flush(1000, 10), "walk", "us", new Quartiles(900, 1000, 1205, 31))),
            List.of("a remark"));

    private static SequencedMap<String, String> flush(int cgroups, int updated) {
        SequencedMap<String, String> subject = new LinkedHashMap<>();
        subject.put("cgroups", Integer.toString(cgroups));
        subject.put("updated", Integer.toString(updated));
        return subject;
    }

    private static Measurement event(double nanoseconds) {
        SequencedMap<String, String> subject = new LinkedHashMap<>();
        subject.put("collector", "runqueue");
        subject.put("program", "run");
        subject.put("hook", "tp_btf/sched_switch");
        subject.put("values", "hash map");
        return new Measurement(subject, "over empty and clock", "ns", Quartiles.exactly(nanoseconds));
    }

    private static Document xml(String text) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(text)));
    }

    @Test
    void theTableHasALineForEachSubjectAndAColumnForEachQuantity() {
        assertThat(ResultTable.of(FLUSH).lines())
                .startsWith(
                        "| cgroups | updated |        walk, us | rstat, us | walk / rstat |",
                        "|---------|---------|----------------:|----------:|-------------:|",
                        "| 100     | 10      |    100 (90-121) | 10 (8-12) |  10.3 (9-11) |",
                        "| 1000    | 10      | 1000 (900-1205) |         - |            - |")
                .endsWith(
                        "A <fast> & good CPU, 2 CPUs, kernel 6.18.44, load 0.5 to 1.25, 2026-11-23T12:00:00Z;"
                                + " medians (quartiles) of up to 31 repetitions",
                        "- a remark");
    }

    @Test
    void theJsonHasEveryNumberAndWhereItWasMeasured() {
        assertThat(ResultJson.of(FLUSH).replaceAll("\\s+", " "))
                .contains(
                        "\"benchmark\" : \"flush\"",
                        "\"processor\" : \"A <fast> & good CPU\", \"cpus\" : 2, \"kernel\" : \"6.18.44\"",
                        "\"loadBefore\" : 0.5, \"loadAfter\" : 1.25",
                        "{ \"cgroups\" : \"100\", \"updated\" : \"10\", \"quantity\" : \"walk\", \"unit\" : \"us\","
                                + " \"median\" : 100.0, \"lowerQuartile\" : 90.0, \"upperQuartile\" : 120.5, \"repetitions\" : 31 }",
                        "\"remarks\" : [ \"a remark\" ]");
    }

    @Test
    void thePlotHasALineForEachSeriesAndAPointForEachMeasurement() throws Exception {
        Document svg = xml(ResultPlot.of(FLUSH));
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(2);
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(3);
        assertThat(svg.getDocumentElement().getTextContent())
                .contains("A <fast> & good CPU", "walk, 10 updated", "rstat, 10 updated", "cgroups", "flush, µs")
                .contains("prefers-color-scheme: dark");
    }

    @Test
    void aTenfoldIsEquallyFarEverywhereOnALogarithmicScale() throws Exception {
        List<Svg.Point> points =
                List.of(new Svg.Point(10, 1), new Svg.Point(100, 10), new Svg.Point(1000, 100), new Svg.Point(0, 5));
        Svg svg = new Svg("title");
        svg.lines("x", "y", List.of(new Svg.Series("series", points)));
        String[] drawn = ((Element)
                        xml(svg.toString()).getElementsByTagName("polyline").item(0))
                .getAttribute("points")
                .split("[ ,]");
        assertThat(drawn).hasSize(6);
        assertThat(number(drawn[2]) - number(drawn[0]))
                .isPositive()
                .isCloseTo(number(drawn[4]) - number(drawn[2]), within(0.2));
        assertThat(number(drawn[1]) - number(drawn[3]))
                .isPositive()
                .isCloseTo(number(drawn[3]) - number(drawn[5]), within(0.2));
    }

    @Test
    void barsAreAsLongAsTheirValues() throws Exception {
        Result events = new Result("events", MACHINE, 0, List.of(event(30), event(60), event(-3)), List.of());
        NodeList bars = xml(ResultPlot.of(events)).getElementsByTagName("rect");
        assertThat(bars.getLength()).isEqualTo(3);
        double shorter = number(((Element) bars.item(0)).getAttribute("width"));
        double longer = number(((Element) bars.item(1)).getAttribute("width"));
        assertThat(longer).isPositive().isCloseTo(2 * shorter, within(0.2));
    }

    @Test
    void aResultWithoutMeasurementsIsNoReasonToFail() throws Exception {
        for (String benchmark : List.of("events", "flush", "stores")) {
            Result empty = new Result(benchmark, MACHINE, 0, List.of(), List.of("nothing could be measured"));
            assertThat(ResultTable.of(empty)).contains("nothing could be measured");
            assertThat(xml(ResultPlot.of(empty)).getElementsByTagName("circle").getLength())
                    .isZero();
        }
    }

    private static double number(String text) {
        return Double.parseDouble(text);
    }
}
