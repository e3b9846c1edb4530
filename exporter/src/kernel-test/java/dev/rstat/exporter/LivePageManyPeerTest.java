// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The live page with ten thousand real cgroups, each with something to show. */
@Tag("peer")
class LivePageManyPeerTest {
    private static final int CGROUPS = 10_000;
    private static final int PARENTS = 100;
    private static final int REPETITIONS = 7;

    private static final Duration ROUND = Duration.ofSeconds(1);

    /** As long as nobody waits for an answer: RAIL's response. */
    private static final double INSTANT_MILLIS = 100;

    /**
     * What a reader does.
     *
     * @param before a script that leads to where it can be done
     * @param action the script that is timed
     */
    private record Interaction(String name, String before, String action) {}

    private static final List<Interaction> INTERACTIONS = List.of(
            new Interaction("select", "", onMap("ArrowRight")),
            new Interaction("zoom in", "rstat.view.set({ zoom: '/' })", onMap("Enter")),
            new Interaction("zoom out", onMap("Enter"), "rstat.view.set({ zoom: '/' })"),
            new Interaction("sort", "", "document.querySelector('#grid .head button').click()"),
            new Interaction("filter", typed(""), typed("c77")),
            new Interaction("filter no more", typed("c77"), typed("")),
            new Interaction("scroll", "", "document.getElementById('grid').scrollTop += 5000"));

    private static String onMap(String key) {
        return "document.getElementById('map').dispatchEvent(new KeyboardEvent('keydown', { key: '%s', bubbles: true }))"
                .formatted(key);
    }

    private static String typed(String filter) {
        return "const filter = document.getElementById('filter'); filter.value = '%s'; filter.dispatchEvent(new Event('input', { bubbles: true }))"
                .formatted(filter);
    }

    @Test
    void tenThousandCgroupsStayInteractive() throws Exception {
        Loader.unload(LoadedCollectors.PIN_ROOT, _ -> {});
        Loader.load(
                LoadedCollectors.options(2 * CGROUPS).withCollectors(Loader.builtIn(List.of("attach", "runqueue"))),
                _ -> {});
        List<TestCgroup> cgroups = new ArrayList<>();
        try (Workload wanderer = Workload.sleeping();
                RunningService service = RunningService.started();
                Browser browser = Browser.start()) {
            TestCgroup top = add(cgroups, TestCgroup.create());
            for (int i = 0; i < PARENTS; i++) {
                TestCgroup parent = add(cgroups, top.child("p" + i));
                for (int j = 0; j < CGROUPS / PARENTS - 1; j++) {
                    add(cgroups, parent.child("c%d-%d".formatted(i, j)));
                }
            }
            Thread wandering = Thread.ofPlatform().daemon().start(() -> wander(wanderer.pid(), cgroups));
            try {
                browser.open(service, "#stat=attaches&cgroup=" + top.path() + "/p0&filter=");
                browser.await("all of them with something", """
                    return rstat.tree().size > arguments[0] && rstat.map.boxes.length > arguments[0] / 4;
                    """, CGROUPS);
                System.out.printf("%d cgroups, %.0f boxes%n", CGROUPS, browser.number("return rstat.map.boxes.length"));
                INTERACTIONS.forEach(interaction -> assertInstant(browser, interaction));
                assertThat(browser.number("return document.querySelectorAll('#grid .body .row').length"))
                        .isLessThan(60);
                assertThat(browser.complaints()).isEmpty();
            } finally {
                wandering.interrupt();
                wandering.join();
            }
        } finally {
            cgroups.reversed().forEach(TestCgroup::close);
            Loader.unload(LoadedCollectors.PIN_ROOT, _ -> {});
        }
    }

    private static TestCgroup add(List<TestCgroup> cgroups, TestCgroup cgroup) {
        cgroups.add(cgroup);
        return cgroup;
    }

    /** Through all of them in each second: a load of its own beside the browser's would be measured, too. */
    private static void wander(long pid, List<TestCgroup> cgroups) {
        try {
            while (true) {
                cgroups.forEach(cgroup -> cgroup.attach(pid));
                Thread.sleep(ROUND);
            }
        } catch (InterruptedException _) {
            // The test is over.
        }
    }

    /** The median: the page shares the CPUs with the service, which has ten thousand cgroups to read, and with whoever else is there. */
    private static void assertInstant(Browser browser, Interaction interaction) {
        double[] millis = DoubleStream.generate(() -> {
                    browser.run(interaction.before());
                    return browser.millisToPaint(interaction.action());
                })
                .limit(REPETITIONS)
                .sorted()
                .toArray();
        System.out.printf(
                "%s, ms: %s%n",
                interaction.name(),
                Arrays.toString(Arrays.stream(millis).mapToLong(Math::round).toArray()));
        assertThat(millis[REPETITIONS / 2])
                .as("%s, ms: %s", interaction.name(), Arrays.toString(millis))
                .isLessThan(INSTANT_MILLIS);
    }
}
