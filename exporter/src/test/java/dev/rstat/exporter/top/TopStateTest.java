// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static dev.rstat.exporter.top.TopFixture.press;
import static dev.rstat.exporter.top.TopFixture.screen;
import static dev.rstat.exporter.top.TopFixture.state;
import static dev.rstat.exporter.top.TopFixture.type;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.exporter.top.Key.Kind;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What keys and new frames do. */
class TopStateTest {
    private static final int NAME = 30;

    private final TopState state = state(80, 12);

    @BeforeEach
    void first() {
        state.show(TopFixture.frame());
    }

    private List<String> names() {
        return screen(state).stream()
                .skip(3)
                .limit(state.rows().size())
                .map(line -> line.substring(0, Math.min(NAME, line.length())).strip())
                .toList();
    }

    private String selected() {
        return state.frame()
                .orElseThrow()
                .cgroups()
                .get(state.rows().cgroup(state.cursor()))
                .path();
    }

    private String footer() {
        return screen(state).getLast();
    }

    @Test
    void arrowsMoveAndStopAtTheEnds() {
        press(state, Kind.UP);
        assertThat(selected()).isEqualTo("/");
        press(state, Kind.DOWN, Kind.DOWN);
        assertThat(selected()).isEqualTo("/web/quiet");
        type(state, "G");
        assertThat(selected()).isEqualTo("/batch/noisy");
        press(state, Kind.DOWN, Kind.PAGE_DOWN);
        assertThat(selected()).isEqualTo("/batch/noisy");
        type(state, "g");
        assertThat(selected()).isEqualTo("/");
    }

    @Test
    void leftClosesThenGoesUpAndRightOpens() {
        press(state, Kind.DOWN, Kind.DOWN, Kind.LEFT);
        assertThat(selected()).isEqualTo("/web");
        press(state, Kind.LEFT);
        assertThat(names()).containsExactly("-/", "+web", "-batch", "noisy");
        press(state, Kind.RIGHT);
        assertThat(names()).containsExactly("-/", "-web", "quiet", "idle", "-batch", "noisy");
    }

    @Test
    void aDepthClosesWhatIsBelowAtFirst() {
        TopState shallow = new TopState("", Filter.NONE, 1, new Styles(false));
        shallow.resize(80, 12);
        shallow.show(TopFixture.frame());
        assertThat(shallow.rows().size()).isEqualTo(3);
        press(shallow, Kind.DOWN, Kind.RIGHT);
        assertThat(shallow.rows().size()).isEqualTo(5);
    }

    @Test
    void siblingsAreSortedByTheChosenStat() {
        type(state, ">>");
        // By CPU, which the slices have none of here.
        assertThat(names()).containsExactly("-/", "-batch", "noisy", "-web", "quiet", "idle");
        type(state, "<");
        assertThat(names().subList(1, 3)).containsExactly("-web", "quiet");
    }

    @Test
    void aStatIsFoundByTyping() {
        type(state, "scontext sw");
        assertThat(screen(state).getFirst()).isEqualTo("stats: context sw_");
        press(state, Kind.BACKSPACE, Kind.BACKSPACE);
        assertThat(screen(state).get(1)).startsWith("* context switches").contains("1/second");
        press(state, Kind.ENTER);
        assertThat(screen(state).get(2)).contains("switches");
        assertThat(state.columns.sort(TopFixture.frame()))
                .hasValueSatisfying(stat -> assertThat(stat.key()).isEqualTo("context_switches"));
    }

    @Test
    void tabShowsAColumnAndHidesIt() {
        type(state, "spreemptions");
        press(state, Kind.TAB, Kind.ESCAPE);
        assertThat(screen(state).get(2)).contains("preemptions");
        type(state, "spreemptions");
        press(state, Kind.TAB, Kind.ESCAPE);
        assertThat(screen(state).get(2)).doesNotContain("preemptions");
    }

    @Test
    void aFilterShowsWhatMatchesAndWhatIsAbove() {
        type(state, "/QUI");
        assertThat(footer()).startsWith("/QUI_");
        assertThat(names()).containsExactly("-/", "-web", "quiet");
        press(state, Kind.ENTER);
        assertThat(footer()).isEqualTo("1 match QUI; Esc: all");
        press(state, Kind.ESCAPE);
        assertThat(names()).hasSize(6);
    }

    @Test
    void aFilterMayBeAPatternAndHalfAPatternIsSaid() {
        type(state, "//*/n*");
        assertThat(names()).containsExactly("-/", "-batch", "noisy");
        type(state, "**");
        assertThat(footer()).contains("** stands between slashes");
        assertThat(names()).hasSize(6);
    }

    @Test
    void aFilterThatMatchesNothingLeavesAnEmptyTableWithoutASelection() {
        type(state, "/nothing");
        assertThat(state.rows().size()).isZero();
        press(state, Kind.ENTER, Kind.ENTER, Kind.DOWN, Kind.LEFT, Kind.RIGHT);
        assertThat(footer()).isEqualTo("0 match nothing; Esc: all");
        press(state, Kind.ESCAPE);
        assertThat(selected()).isEqualTo("/");
    }

    @Test
    void theSelectionStaysWithItsCgroupWhereverThatGoes() {
        type(state, "G");
        type(state, ">>");
        assertThat(selected()).isEqualTo("/batch/noisy");
        assertThat(state.cursor()).isEqualTo(2);
    }

    @Test
    void whenTheSelectedCgroupIsGoneThePlaceStaysAndItIsSaid() {
        press(state, Kind.DOWN, Kind.DOWN);
        state.show(TopFixture.frame("/", "/batch", "/batch/noisy", "/web", "/web/idle"));
        assertThat(state.cursor()).isEqualTo(2);
        assertThat(footer()).isEqualTo("/web/quiet is gone");
        state.show(TopFixture.frame("/", "/batch", "/batch/noisy", "/web", "/web/idle"));
        assertThat(footer()).startsWith("q quit");
    }

    @Test
    void detailsOfACgroupThatIsGoneKeepItsLastValues() {
        press(state, Kind.DOWN, Kind.DOWN, Kind.ENTER);
        List<String> before = screen(state);
        state.show(TopFixture.frame("/"));
        assertThat(screen(state).getFirst()).isEqualTo("GONE since 00:00:02; its last values: /web/quiet");
        assertThat(screen(state).subList(1, 11)).isEqualTo(before.subList(1, 11));
        press(state, Kind.ESCAPE);
        assertThat(selected()).isEqualTo("/");
    }

    @Test
    void detailsScrollNoFartherThanTheyGo() {
        press(state, Kind.ENTER, Kind.END);
        List<String> end = screen(state);
        assertThat(end.get(10)).endsWith("more are 0 or absent");
        press(state, Kind.DOWN, Kind.PAGE_DOWN);
        assertThat(screen(state)).isEqualTo(end);
        press(state, Kind.HOME);
        assertThat(screen(state).get(1)).startsWith("runqueue latency: p50");
    }

    @Test
    void whilePausedNewFramesAreNotShown() {
        type(state, "p");
        state.show(TopFixture.frame("/"));
        assertThat(names()).hasSize(6);
        assertThat(screen(state).getFirst()).contains("PAUSED");
        type(state, "p");
        state.show(TopFixture.frame("/"));
        assertThat(names()).containsExactly("/");
    }

    @Test
    void aFailureIsSaidAndWhatWasThereStays() {
        state.fail("nothing is loaded\u001b[2J any more");
        assertThat(footer()).isEqualTo("nothing is loaded\\x1b[2J any more");
        assertThat(names()).hasSize(6);
    }

    @Test
    void qQuitsButNotWhileTyping() {
        type(state, "/q");
        assertThat(state.isFinished()).isFalse();
        press(state, Kind.ESCAPE);
        type(state, "?");
        type(state, "x");
        type(state, "q");
        assertThat(state.isFinished()).isTrue();
    }

    @Test
    void keysBeforeTheFirstFrameDoNoHarm() {
        TopState early = state(40, 10);
        press(early, Kind.values());
        type(early, "jkgG+-<>pps");
        press(early, Kind.values());
        assertThat(screen(early)).isNotEmpty();
    }
}
