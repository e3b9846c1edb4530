// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any directories will do: a cgroup is a directory, and its id an inode number. */
class CgroupTreeTest {
    @TempDir
    private Path root;

    private List<Cgroup> read(List<Cgroup> before) {
        return CgroupTree.read(new CgroupMount(root, "/"), before);
    }

    private void make(String path) throws IOException {
        Files.createDirectories(root.resolve(path));
    }

    private static List<String> paths(List<Cgroup> tree) {
        return tree.stream().map(Cgroup::path).toList();
    }

    @Test
    void parentsComeBeforeChildrenSortedByName() throws IOException {
        make("b");
        make("a/d");
        make("a/c");
        List<Cgroup> tree = read(List.of());
        assertThat(paths(tree)).containsExactly("/", "/a", "/a/c", "/a/d", "/b");
        assertThat(tree.get(2).parent()).isSameAs(tree.get(1));
        assertThat(tree.get(2).depth()).isEqualTo(2);
    }

    @Test
    void aTreeThatHasNotChangedIsTheVerySameList() throws IOException {
        make("a/c");
        make("b");
        List<Cgroup> tree = read(List.of());
        assertThat(read(tree)).isSameAs(tree);
        // Nor does a snapshot make another of it.
        assertThat(new Snapshot(Instant.EPOCH, tree, List.of(), Map.of()).cgroups())
                .isSameAs(tree);
    }

    @Test
    void whateverIsMadeOrRemovedMakesAnother() throws IOException {
        make("a/c");
        List<Cgroup> first = read(List.of());
        make("a/d");
        List<Cgroup> second = read(first);
        assertThat(paths(second)).containsExactly("/", "/a", "/a/c", "/a/d");
        for (int i = 0; i < first.size(); i++) {
            assertThat(second.get(i)).isSameAs(first.get(i));
        }
        assertThat(second.get(3).parent()).isSameAs(first.get(1));
        Files.delete(root.resolve("a/d"));
        List<Cgroup> third = read(second);
        assertThat(third).isNotSameAs(second);
        assertThat(paths(third)).isEqualTo(paths(first));
    }

    /** Its id tells: a cgroup that is made anew under the same path is another. */
    @Test
    void oneOfTheSameNameIsAnother() throws IOException {
        make("a");
        List<Cgroup> first = read(List.of());
        make("other");
        Files.delete(root.resolve("a"));
        Files.move(root.resolve("other"), root.resolve("a"));
        List<Cgroup> second = read(first);
        assertThat(paths(second)).isEqualTo(paths(first));
        assertThat(second).isNotSameAs(first);
        assertThat(second.get(1).id()).isNotEqualTo(first.get(1).id());
    }
}
