// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static dev.rstat.collectors.Totals.attaches;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of collectors of the host's own: what is good is loaded as built-in ones are, what is not is named with its reason. */
@Tag("host")
class UserCollectorHostTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    private final List<String> said = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    @AfterEach
    void startFromNothing() {
        Loader.unload(ROOT, said::add);
    }

    private static byte[] object(String name) throws IOException {
        try (InputStream in =
                UserCollectorHostTest.class.getResourceAsStream("/dev/rstat/bpf/test/" + name + ".bpf.o")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    private Path put(String name) throws IOException {
        return put(name, object(name));
    }

    private Path put(String name, byte[] object) throws IOException {
        return Files.write(directory.resolve(name + ".bpf.o"), object);
    }

    private void load() {
        said.clear();
        Loader.load(LoadedCollectors.options(directory), said::add);
    }

    private void assertSaid(String name, String... words) {
        assertThat(said)
                .anySatisfy(
                        line -> assertThat(line).contains(name).contains(words).doesNotContain("\n"));
    }

    private static long moves(Snapshot snapshot, String collector, TestCgroup cgroup) {
        return Totals.value(snapshot, collector, cgroup.path(), 0);
    }

    @Test
    void eachThatIsWrongIsNamedWithItsReasonAndTheOthersAreLoaded() throws IOException {
        put("good");
        put("other");
        put("truncated", Arrays.copyOf(object("good"), 1000));
        put("empty", new byte[0]);
        put("buckets");
        put("tagged");
        put("colliding");
        put("large");
        put("refused");
        put("attach", object("good"));
        put("misnamed", object("good"));
        Files.setPosixFilePermissions(put("writable", object("good")), PosixFilePermissions.fromString("rw-rw-r--"));
        Files.setAttribute(put("foreign", object("good")), "unix:uid", 65534);
        Files.createSymbolicLink(directory.resolve("dangling.bpf.o"), Path.of("nowhere.bpf.o"));
        Files.createDirectory(directory.resolve("folder.bpf.o"));
        Files.writeString(directory.resolve("README"), "Not a collector.");
        Files.writeString(directory.resolve(".hidden.bpf.o"), "An editor's.");

        load();

        assertThat(Loader.loaded(ROOT)).containsExactly("attach", "good", "other");
        assertSaid("truncated", "cut short", "1000 of");
        assertSaid("empty", "empty");
        assertSaid("buckets", "no RSTAT_COLLECTOR");
        assertSaid("tagged", "rstat:foo", "RSTAT_METRIC");
        assertSaid("colliding", "cgroup_attaches_total", "collector attach");
        assertSaid("large", "too large", "32768");
        assertSaid("refused", "program broken");
        assertSaid("attach.bpf.o", "a built-in collector is called attach");
        assertSaid("misnamed", "good");
        assertSaid("writable", "can be written by others than root", "chmod go-w");
        assertSaid("foreign", "must be root's", "chown root");
        assertSaid("dangling", "leads nowhere");
        assertSaid("folder", "no file");
        assertThat(said).noneMatch(line -> line.contains("README") || line.contains("hidden"));

        try (TestCgroup parent = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors reader = PinnedCollectors.open(ROOT)) {
            TestCgroup child = parent.child("child");
            child.attach(process.pid());
            Snapshot snapshot = reader.snapshot();
            assertThat(snapshot.failures())
                    .containsKeys("truncated", "tagged", "refused", "attach_bpf_o")
                    .doesNotContainKeys("attach", "good", "other");
            for (String collector : List.of("attach", "good", "other")) {
                assertThat(moves(snapshot, collector, child)).as(collector).isEqualTo(1);
                assertThat(moves(snapshot, collector, parent)).as(collector).isEqualTo(1);
            }
        }
    }

    @Test
    void whatComesAndGoesLeavesTheOthersTotalsAlone() throws IOException {
        Path good = put("good");
        load();
        try (TestCgroup cgroup = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors reader = PinnedCollectors.open(ROOT)) {
            cgroup.attach(process.pid());
            cgroup.attach(process.pid());
            assertThat(moves(reader.snapshot(), "good", cgroup)).isEqualTo(2);
            Object inode = Files.getAttribute(ROOT.resolve("collectors/attach"), "unix:ino");

            Files.delete(good);
            put("other");
            load();

            assertSaid("good", "removed");
            cgroup.attach(process.pid());
            Snapshot snapshot = reader.snapshot();
            assertThat(snapshot.failures()).isEmpty();
            assertThat(snapshot.collectors())
                    .extracting(collector -> collector.schema().name())
                    .containsExactly("attach", "other");
            assertThat(attaches(snapshot, cgroup.path())).isEqualTo(3);
            assertThat(moves(snapshot, "other", cgroup)).isEqualTo(1);
            assertThat(Files.getAttribute(ROOT.resolve("collectors/attach"), "unix:ino"))
                    .as("attach was not touched")
                    .isEqualTo(inode);
        }
    }

    @Test
    void aNewerFileThatCannotBeLoadedLeavesTheOlderCollectorCounting() throws IOException {
        put("good");
        load();
        try (TestCgroup cgroup = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors reader = PinnedCollectors.open(ROOT)) {
            cgroup.attach(process.pid());
            put("good", Arrays.copyOf(object("good"), 1000));
            load();
            assertSaid("good", "cut short");
            cgroup.attach(process.pid());
            assertThat(moves(reader.snapshot(), "good", cgroup)).isEqualTo(2);
        }
    }

    @Test
    void aDirectoryThatIsNotThereHoldsNone() {
        directory = directory.resolve("missing");
        load();
        assertThat(Loader.loaded(ROOT)).containsExactly("attach");
    }

    @Test
    void nobodyElseMayPutACollectorThere(@TempDir Path elsewhere) throws IOException {
        Files.write(elsewhere.resolve("good.bpf.o"), object("good"));
        Files.createSymbolicLink(directory.resolve("good.bpf.o"), elsewhere.resolve("good.bpf.o"));
        load();
        assertThat(Loader.loaded(ROOT)).containsExactly("attach", "good");
        startFromNothing();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        load();
        assertThat(Loader.loaded(ROOT)).containsExactly("attach");
        assertSaid("good", directory.toString(), "can be written by others than root");
    }
}
