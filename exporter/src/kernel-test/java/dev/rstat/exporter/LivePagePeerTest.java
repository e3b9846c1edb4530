// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.openqa.selenium.Keys;

/** The live page in a real browser, of real cgroups. */
@Tag("peer")
class LivePagePeerTest {
    private static final String REPORTS = "/rstat-demo/batch/reports";

    /** A name like one that somebody gives who wants to get into the page. Of all that could be in it the kernel refuses a line's end. */
    private static final String HOSTILE = "<script>hacked=1<img src=x onerror=hacked=1>\"'\r\t<b>&amp;";

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @SuppressWarnings("NullAway.Init")
    private static RunningService service;

    @SuppressWarnings("NullAway.Init")
    private static Browser browser;

    @BeforeAll
    static void open() {
        service = RunningService.started();
        browser = Browser.start();
    }

    @AfterAll
    static void close() {
        browser.close();
        service.close();
    }

    private static String hash(String cgroup) {
        return "#cgroup=" + URLEncoder.encode(cgroup, StandardCharsets.UTF_8);
    }

    /** By the area and the colour of what is drawn, as somebody sees it who knows nothing of rstat. */
    @Test
    void theNoisyNeighbourIsTheLargestAndReddest() throws Exception {
        Process demo = new ProcessBuilder(InstalledCommand.command("demo"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            browser.theme("light").open(service, "");
            browser.await("the demo in the map", """
                    const { map, tree } = rstat;
                    const leaves = map.boxes.filter((box) => box.leaf);
                    if (leaves.length === 0 || !tree().byPath.has(arguments[0])) return false;
                    const largest = leaves.reduce((a, b) => (a.width * a.height >= b.width * b.height ? a : b));
                    return tree().paths[largest.cgroup] === arguments[0];
                    """, REPORTS);
            // What is on the canvas in the middle of each box, without labels: the largest has the least blue and green
            // to its red.
            String reddest = String.valueOf(browser.run("""
                    const { map, tree } = rstat;
                    const context = map.canvas.getContext("2d");
                    const redness = (box) => {
                      const [r, g, b] = context.getImageData(box.x + box.width - 4, box.y + box.height - 5, 1, 1).data;
                      return r - (g + b) / 2;
                    };
                    const leaves = map.boxes.filter((box) => box.leaf && box.width > 12 && box.height > 12);
                    return tree().paths[leaves.reduce((a, b) => (redness(a) >= redness(b) ? a : b)).cgroup];
                    """));
            assertThat(reddest).isEqualTo(REPORTS);
            assertThat(browser.text("finding")).startsWith(REPORTS + " waits most for a CPU");
            selectingItShowsItsHeatMap();
            browser.screenshot("page");
            browser.theme("dark").screenshot("page-dark");
            browser.window(375, 812).screenshot("page-phone");
            browser.assertAccessible();
            browser.theme("light").assertAccessible();
            browser.window(1280, 900).assertAccessible();
            browser.theme("dark").assertAccessible();
            assertThat(browser.complaints()).isEmpty();
        } finally {
            new ProcessBuilder("kill", "-INT", Long.toString(demo.pid()))
                    .start()
                    .waitFor();
            demo.waitFor();
        }
    }

    /** With a click in the middle of it. */
    private static void selectingItShowsItsHeatMap() {
        browser.run("""
                const { map, tree } = rstat;
                const box = map.boxes.find((each) => each.leaf && tree().paths[each.cgroup] === arguments[0]);
                const bounds = map.canvas.getBoundingClientRect();
                const at = { bubbles: true, clientX: bounds.left + box.x + box.width / 2, clientY: bounds.top + box.y + box.height / 2 };
                map.canvas.dispatchEvent(new MouseEvent("click", at));
                """, REPORTS);
        assertThat(browser.text("detail-title")).isEqualTo(REPORTS);
        browser.await("some steps of its heat map", """
                const { cells, steps } = rstat.detail.heatMap;
                return cells > 20 && steps.filter((step) => step.buckets.size > 0).length > 7;
                """);
        assertThat(browser.number("""
                const heat = document.getElementById("heat");
                const { data } = heat.getContext("2d").getImageData(0, 0, heat.width, heat.height);
                let drawn = 0;
                for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn++;
                return drawn;
                """)).isGreaterThan(500);
        assertThat(browser.text("heat-text")).contains("half of").contains("99 % below");
        assertThat(browser.text("hurts"))
                .contains("Hurt by")
                .contains("It hurts")
                .contains("/rstat-demo/");
    }

    @Test
    void namesAreShownAndNeverObeyed() {
        try (TestCgroup parent = TestCgroup.create();
                TestCgroup hostile = parent.child(HOSTILE);
                Workload busy = Workload.sleeping()) {
            hostile.attach(busy.pid());
            browser.open(service, hash(hostile.path()) + "&filter=hacked&stat=attaches");
            browser.await(
                    "it is selected",
                    "return document.getElementById('detail-title').textContent.includes('hacked=1')");
            assertThat(browser.text("grid")).contains("<script>hacked=1<img src=x onerror=hacked=1>\"'␣␣<b>&amp;");
            assertThat(browser.run("return typeof hacked")).isEqualTo("undefined");
            assertThat(browser.number("return document.querySelectorAll('script').length"))
                    .isEqualTo(2);
            assertThat(browser.number("return document.querySelectorAll('img, b').length"))
                    .isZero();
            assertThat(browser.complaints()).isEmpty();
        }
    }

    @Test
    void aCgroupThatVanishesLeavesItsLastNumbers() {
        TestCgroup cgroup = TestCgroup.create();
        try (Workload busy = Workload.busy(cgroup, 0)) {
            assertThat(busy.runTime()).isNotNegative();
            browser.open(service, hash(cgroup.path()));
            browser.await("its numbers", "return rstat.selected().answer?.values?.context_switches > 0");
        } finally {
            cgroup.close();
        }
        browser.await("that it is gone", "return !document.getElementById('gone').hidden");
        assertThat(browser.text("gone")).startsWith("This cgroup is gone, since ");
        assertThat(browser.text("detail-title")).isEqualTo(cgroup.path());
        assertThat(browser.text("facts")).contains("waiting for a CPU");
        assertThat(browser.text("status")).startsWith("live");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aPageLeftOpenGoesOnAfterARestart() {
        RunningService before = service;
        browser.open(before, "#filter=rstat");
        before.kill();
        browser.await("that it is away", "return document.getElementById('status').dataset.state === 'disconnected'");
        assertThat(browser.text("status")).startsWith("disconnected since ");
        service = before.again();
        browser.await("that it is back", "return document.getElementById('status').dataset.state === 'live'");
        browser.await("a frame of the new one", "return rstat.frame().number < 10 && rstat.frame().number > 1");
        assertThat(browser.run("return document.getElementById('filter').value"))
                .isEqualTo("rstat");
        // That it could not connect: Chromium's own words.
        assertThat(browser.complaints()).allMatch(complaint -> complaint.contains("net::ERR_"));
    }

    @Test
    void allCanBeDoneWithoutAMouse() {
        try (TestCgroup parent = TestCgroup.create();
                TestCgroup child = parent.child("child");
                Workload busy = Workload.busy(child, 0);
                Workload other = Workload.busy(child, 0)) {
            assertThat(List.of(busy.runTime(), other.runTime())).allMatch(time -> time >= 0);
            browser.open(service, "");
            browser.await("its numbers", """
                    const cgroup = rstat.tree().byPath.get(arguments[0]);
                    return rstat.map.values[cgroup] > 0;
                    """, child.path());
            browser.press("/");
            browser.press(parent.path(), Keys.ARROW_LEFT);
            assertThat(browser.text("count")).startsWith("2 of ");
            browser.press(Keys.ESCAPE);
            assertThat(browser.run("return document.activeElement.id")).isEqualTo("map");
            // To the largest child of the root, and from there to the parent, wherever it is among its brothers.
            browser.press(Keys.ARROW_DOWN, Keys.HOME);
            for (int i = 0; i < 200 && !selected().equals(parent.path()); i++) {
                browser.press(Keys.ARROW_RIGHT);
            }
            assertThat(selected()).isEqualTo(parent.path());
            browser.press(Keys.ARROW_DOWN);
            assertThat(selected()).isEqualTo(child.path());
            assertThat(String.valueOf(browser.run("return document.getElementById('announce').textContent")))
                    .startsWith(child.path() + ": ");
            browser.press(Keys.ARROW_UP, Keys.ENTER);
            assertThat(browser.run("return rstat.view.zoom")).isEqualTo(parent.path());
            browser.press(Keys.ESCAPE);
            assertThat(browser.run("return rstat.view.zoom")).isEqualTo("/");
            browser.tabTo("#grid .head button");
            browser.press(Keys.ENTER);
            assertThat(browser.run("return rstat.view.sort")).isEqualTo("path");
            browser.tabTo("#grid .body .row");
            browser.press(Keys.HOME, Keys.ENTER);
            assertThat(selected()).isEqualTo("/");
            browser.press(Keys.ARROW_DOWN, Keys.ENTER);
            assertThat(selected()).isNotEqualTo("/");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private static String selected() {
        return String.valueOf(browser.run("return rstat.view.cgroup"));
    }
}
