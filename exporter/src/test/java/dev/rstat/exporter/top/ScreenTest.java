// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static dev.rstat.exporter.top.TopFixture.press;
import static dev.rstat.exporter.top.TopFixture.screen;
import static dev.rstat.exporter.top.TopFixture.state;
import static dev.rstat.exporter.top.TopFixture.type;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.top.Key.Kind;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is drawn. */
class ScreenTest {
    @Test
    void fortyColumnsHaveTheNameAndTwoStats() {
        TopState state = state(40, 12);
        state.show(TopFixture.frame());
        assertThat(screen(state))
                .containsExactly(
                        "rstat top  00:00:02  2.0 s  6 cgroups",
                        "                    runqueue    runqueue",
                        "CGROUP               latency latency p99",
                        "-/                      1.50     61.3 ms",
                        "  -web                  1.00     61.6 ms",
                        "     quiet              1.00     61.6 ms",
                        "     idle                  0           -",
                        "  -batch                0.50     7.77 ms",
                        "     noisy              0.50     7.77 ms",
                        "",
                        "",
                        "q quit  ? help  / filter  s stats  Ente~");
    }

    @Test
    void eightyColumnsHaveMore() {
        TopState state = state(80, 9);
        state.show(TopFixture.frame());
        assertThat(screen(state).subList(1, 6))
                .containsExactly(
                        "                                    runqueue    runqueue",
                        "CGROUP                               latency latency p99         CPU      memory",
                        "-/                                      1.50     61.3 ms           -           -",
                        "  -web                                  1.00     61.6 ms           -           -",
                        "     quiet                              1.00     61.6 ms        0.10    1.50 MiB");
    }

    @Test
    void twoHundredHaveAllThatIsShownAtFirst() {
        TopState state = state(200, 9);
        state.show(TopFixture.frame());
        assertThat(screen(state).get(2).split(" +"))
                .containsExactly(
                        "CGROUP",
                        "latency",
                        "latency",
                        "p99",
                        "CPU",
                        "memory",
                        "IO",
                        "switches",
                        "cpu",
                        "memory",
                        "pressure",
                        "io",
                        "tasks");
    }

    @ParameterizedTest
    @CsvSource({"40, 5", "40, 3", "1, 1", "7, 2", "80, 24", "300, 100"})
    void noViewIsLargerThanTheTerminal(int width, int height) {
        TopState state = state(width, height);
        assertFits(state);
        state.show(TopFixture.frame("/", "/<script>alert(1)", "/\u001b]0;x\u0007", "/日本語日本語日本語日本語日本語日本語"));
        assertFits(state);
        type(state, "?");
        assertFits(state);
        type(state, "?s");
        assertFits(state);
        press(state, Kind.ESCAPE, Kind.END, Kind.ENTER);
        assertFits(state);
        press(state, Kind.END, Kind.ESCAPE);
        type(state, "/no such cgroup, and a long text it is");
        assertFits(state);
    }

    private static void assertFits(TopState state) {
        List<AttributedString> lines = Screen.lines(state, ZoneOffset.UTC);
        assertThat(lines).hasSizeBetween(1, state.height());
        assertThat(lines).allMatch(line -> line.columnLength() <= state.width());
        assertThat(lines).allMatch(line -> line.chars().noneMatch(Character::isISOControl));
    }

    @Test
    void fiveRowsStillHaveTheSelectedCgroup() {
        TopState state = state(40, 5);
        state.show(TopFixture.frame());
        press(state, Kind.END);
        assertThat(screen(state)).hasSize(5).element(3).asString().startsWith("     noisy");
    }

    @Test
    void beforeTheFirstIntervalIsOverItSaysSo() {
        assertThat(screen(state(60, 24))).containsExactly("rstat top", "measuring: the first interval is not over yet");
    }

    @Test
    void detailsHaveTheHistogramWhoHurtsItAndItsValues() {
        TopState state = state(60, 40);
        state.show(TopFixture.frame());
        press(state, Kind.DOWN, Kind.DOWN, Kind.ENTER);
        assertThat(screen(state).subList(0, 18))
                .containsExactly(
                        "/web/quiet",
                        "runqueue latency: p50 6.84 ms, p99 61.6 ms, 30/s",
                        "  <= 7.81 ms        20  ####################################",
                        "  <= 15.6 ms         0",
                        "  <= 31.3 ms         0",
                        "  <= 62.5 ms        10  ##################",
                        "",
                        "delayed by, seconds/second",
                        "        0.90  /batch/noisy",
                        "        0.10  (other)",
                        "",
                        "it does so to others: delayed by",
                        "        0.50  /batch/noisy",
                        "",
                        "values",
                        "        1.00  runqueue latency",
                        "     61.6 ms  runqueue latency p99",
                        "        0.10  CPU");
    }

    @Test
    void whatIsAboveTheCgroupsHurtAndHurtingIsNotAnother() {
        TopState state = state(60, 40);
        state.show(TopFixture.frame());
        press(state, Kind.ENTER);
        assertThat(String.join("\n", screen(state))).doesNotContain("it does so to others");
    }

    @Test
    void coloursAreThereOnlyIfTheyAreWanted() {
        TopState plain = state(80, 24);
        TopState coloured = new TopState("", Filter.NONE, Integer.MAX_VALUE, new Styles(true));
        for (TopState state : List.of(plain, coloured)) {
            state.show(TopFixture.frame());
        }
        assertThat(ansi(plain)).doesNotContain("[31", "[33", ";31", ";33");
        assertThat(ansi(coloured)).contains("\u001b[31m1.00");
    }

    private static String ansi(TopState state) {
        StringBuilder text = new StringBuilder();
        Screen.lines(state, ZoneOffset.UTC).forEach(line -> text.append(line.toAnsi()));
        return text.toString().replace(" ", "");
    }

    @Test
    void tenThousandCgroupsAreDrawnAsFastAsOneScreenOfThem() {
        String[] paths = new String[10_101];
        paths[0] = "/";
        for (int i = 1; i < paths.length; i++) {
            paths[i] = i % 101 == 1 ? "/s" + i : "/s" + (i - (i - 1) % 101) + "/c" + i;
        }
        Frame frame = TopFixture.frame(paths);
        TopState state = state(80, 24);
        state.show(frame);
        press(state, Kind.END);
        long[] times = new long[21];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            press(state, Kind.UP);
            assertThat(screen(state)).hasSize(24);
            times[i] = System.nanoTime() - start;
        }
        Arrays.sort(times);
        // A tenth of a millisecond once warm; whatever else runs here.
        assertThat(Duration.ofNanos(times[times.length / 2])).isLessThan(Duration.ofMillis(50));
    }
}
