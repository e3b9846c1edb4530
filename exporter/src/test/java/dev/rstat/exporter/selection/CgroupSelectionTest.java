// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.selection.SelectedCgroups.Reason;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which cgroups have series, and what is said of the others. */
class CgroupSelectionTest {
    private static final int ALL = CgroupSelection.UNBOUNDED;

    private final List<Cgroup> tree = new ArrayList<>();

    private Cgroup add(Cgroup parent, String name, long id) {
        Cgroup cgroup =
                new Cgroup(id, (parent.depth() == 0 ? "" : parent.path()) + "/" + name, parent, parent.depth() + 1);
        tree.add(cgroup);
        return cgroup;
    }

    private Cgroup root() {
        Cgroup root = new Cgroup(1, "/", null, 0);
        tree.add(root);
        return root;
    }

    /** A host with services and pods; the ids are in the order of their making. */
    private void host() {
        Cgroup root = root();
        Cgroup kubepods = add(root, "kubepods.slice", 30);
        Cgroup pod = add(kubepods, "pod1.slice", 40);
        add(pod, "a.scope", 50);
        add(pod, "b.scope", 41);
        Cgroup system = add(root, "system.slice", 10);
        add(system, "cron.service", 12);
        add(system, "ssh.service", 11);
    }

    private List<String> paths(SelectedCgroups selected) {
        return Arrays.stream(selected.indices())
                .mapToObj(index -> tree.get(index).path())
                .toList();
    }

    private static CgroupSelection of(List<String> include, List<String> exclude, int maxDepth, int limit) {
        return new CgroupSelection(include, exclude, maxDepth, limit);
    }

    private static void assertCut(SelectedCgroups selected, int excluded, int tooDeep, int overLimit) {
        assertThat(selected.cut(Reason.EXCLUDED)).isEqualTo(excluded);
        assertThat(selected.cut(Reason.TOO_DEEP)).isEqualTo(tooDeep);
        assertThat(selected.cut(Reason.OVER_LIMIT)).isEqualTo(overLimit);
    }

    @Test
    void allIsAll() {
        host();
        SelectedCgroups selected = CgroupSelection.all().select(tree);
        assertThat(selected.indices()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(selected.size()).isEqualTo(8);
        assertCut(selected, 0, 0, 0);
    }

    @Test
    void includedAreThoseThatMatchAndTheRoot() {
        host();
        SelectedCgroups selected =
                of(List.of("/system.slice/*"), List.of(), ALL, ALL).select(tree);
        assertThat(paths(selected)).containsExactly("/", "/system.slice/cron.service", "/system.slice/ssh.service");
        assertCut(selected, 5, 0, 0);
    }

    @Test
    void excludedAreThoseBelowAsWellButNeverTheRoot() {
        host();
        SelectedCgroups selected =
                of(List.of(), List.of("/kubepods.slice"), ALL, ALL).select(tree);
        assertThat(paths(selected))
                .containsExactly("/", "/system.slice", "/system.slice/cron.service", "/system.slice/ssh.service");
        assertCut(selected, 4, 0, 0);
        assertThat(paths(of(List.of(), List.of("/"), ALL, ALL).select(tree))).containsExactly("/");
    }

    @Test
    void whatIsExcludedIsOutThoughItIsIncluded() {
        host();
        SelectedCgroups selected =
                of(List.of("/**"), List.of("**/b.scope"), ALL, ALL).select(tree);
        assertThat(paths(selected)).hasSize(7).doesNotContain("/kubepods.slice/pod1.slice/b.scope");
    }

    @Test
    void depthIsCountedFromTheRoot() {
        host();
        SelectedCgroups selected = of(List.of(), List.of(), 1, ALL).select(tree);
        assertThat(paths(selected)).containsExactly("/", "/kubepods.slice", "/system.slice");
        assertCut(selected, 0, 5, 0);
    }

    @Test
    void theLimitKeepsTheNearestAndAmongThemTheOldest() {
        host();
        SelectedCgroups selected = of(List.of(), List.of(), ALL, 5).select(tree);
        assertThat(paths(selected))
                .containsExactly(
                        "/",
                        "/kubepods.slice",
                        "/system.slice",
                        "/system.slice/cron.service",
                        "/system.slice/ssh.service");
        assertCut(selected, 0, 0, 3);
        assertThat(paths(of(List.of(), List.of(), ALL, 2).select(tree))).containsExactly("/", "/system.slice");
        assertThat(paths(of(List.of(), List.of(), ALL, 1).select(tree))).containsExactly("/");
        assertCut(of(List.of(), List.of(), ALL, 8).select(tree), 0, 0, 0);
    }

    @Test
    void theFirstReasonCounts() {
        host();
        SelectedCgroups selected = of(List.of(), List.of("**/a.scope"), 2, 2).select(tree);
        assertCut(selected, 1, 1, 4);
    }

    /** A cgroup that comes does not take the series of one that is there, at the same depth. */
    @Test
    void newCgroupsTakeNobodysPlaceAtTheirDepth() {
        host();
        CgroupSelection selection = of(List.of(), List.of(), ALL, 4);
        List<String> before = paths(selection.select(List.copyOf(tree)));
        tree.add(6, new Cgroup(99, "/system.slice/aaa.service", tree.get(5), 2));
        assertThat(paths(selection.select(List.copyOf(tree)))).isEqualTo(before);
    }

    @Test
    void theAnswerIsRememberedForTheListItWasGivenFor() {
        host();
        CgroupSelection selection = of(List.of(), List.of(), 1, ALL);
        SelectedCgroups first = selection.select(tree);
        assertThat(selection.select(tree)).isSameAs(first);
        List<Cgroup> other = List.copyOf(tree.subList(0, 2));
        assertThat(selection.select(other).size()).isEqualTo(2);
        assertThat(selection.select(List.of()).size()).isZero();
    }

    /** Against the rule written down plainly, on trees of any shape. */
    @Test
    void theLimitIsWhatSortingSays() {
        Random random = new Random(11);
        for (int round = 0; round < 500; round++) {
            tree.clear();
            root();
            List<Integer> ids = new ArrayList<>(IntStream.range(2, 60).boxed().toList());
            Collections.shuffle(ids, random);
            for (int id : ids) {
                add(tree.get(random.nextInt(tree.size())), "c" + id, id);
            }
            int limit = 1 + random.nextInt(70);
            SelectedCgroups selected = of(List.of(), List.of(), ALL, limit).select(List.copyOf(tree));
            Set<String> expected = tree.stream()
                    .sorted(Comparator.comparingInt(Cgroup::depth).thenComparingLong(Cgroup::id))
                    .limit(limit)
                    .map(Cgroup::path)
                    .collect(Collectors.toSet());
            assertThat(new HashSet<>(paths(selected))).isEqualTo(expected);
            assertThat(selected.indices()).isSorted();
            assertThat(selected.size() + selected.cut(Reason.OVER_LIMIT)).isEqualTo(tree.size());
            for (int index : selected.indices()) {
                Cgroup parent = tree.get(index).parent();
                assertThat(parent == null || expected.contains(parent.path())).isTrue();
            }
        }
    }

    @Test
    void whatIsCutIsSaid() {
        host();
        List<MetricFamilySamples> families =
                SelectionFamilies.of(of(List.of(), List.of("**/a.scope"), 2, 2).select(tree));
        assertThat(families.stream().flatMap(family -> family.samples.stream()))
                .extracting(sample -> sample.name + sample.labelValues + " " + sample.value)
                .containsExactly(
                        "rstat_cgroups[] 2.0",
                        "rstat_cgroups_cut[excluded] 1.0",
                        "rstat_cgroups_cut[too_deep] 1.0",
                        "rstat_cgroups_cut[over_limit] 4.0");
    }

    @Test
    void numbersThatAreTooSmallAreRefused() {
        assertThatThrownBy(() -> of(List.of(), List.of(), -1, ALL)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> of(List.of(), List.of(), ALL, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
