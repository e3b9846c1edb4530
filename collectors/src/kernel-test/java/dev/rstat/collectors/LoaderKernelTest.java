// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static dev.rstat.collectors.Totals.attaches;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A collector that cannot run is off and the others run; loading again loses nothing. */
class LoaderKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    private final List<String> said = new ArrayList<>();

    @BeforeEach
    @AfterEach
    void startFromNothing() {
        Loader.unload(ROOT, said::add);
        said.clear();
    }

    private static LoadOptions options(int maxCgroups) {
        return LoadedCollectors.options(maxCgroups).withCollectors(Loader.builtIn(List.of("attach", "runqueue")));
    }

    private LoadReport load(int maxCgroups) {
        return Loader.load(options(maxCgroups), said::add);
    }

    /** Where the totals of a collector are pinned, with the store that is the default here. */
    private static Path totals() {
        String map = snapshot().collectors().getFirst().store().maps().getFirst();
        return ROOT.resolve("collectors/attach").resolve(map);
    }

    private static Snapshot snapshot() {
        try (PinnedCollectors pinned = PinnedCollectors.open(ROOT)) {
            return pinned.snapshot();
        }
    }

    private CollectorLoad.Target target(FlushMode mode) {
        ServiceUser user = ServiceUser.of("rstat");
        return new CollectorLoad.Target(
                new PinRoot(ROOT),
                CgroupMount.find(),
                KernelBtf.read(),
                Probe.RSTAT.refusal(),
                mode,
                snapshot().collectors().getFirst().store(),
                4096,
                Duration.ofMinutes(1),
                user,
                OptionalInt.empty());
    }

    private static CollectorSource source(String name, byte[] object) {
        return new CollectorSource(name, "this test", object);
    }

    @Test
    @Tag("host")
    void loadingTheSameAgainTouchesNothing() throws IOException {
        load(4096);
        Object inode = Files.getAttribute(ROOT.resolve("collectors/attach"), "unix:ino");
        said.clear();
        load(4096);
        assertThat(said).contains("collector attach: in place already", "collector runqueue: in place already");
        assertThat(Files.getAttribute(ROOT.resolve("collectors/attach"), "unix:ino"))
                .isEqualTo(inode);
    }

    @Test
    @Tag("kernel")
    void aNewerObjectGoesOnWithTheTotalsAndCountsNothingTwice() {
        LoadReport report = load(4096);
        try (TestCgroup cgroup = TestCgroup.create();
                Workload process = Workload.sleeping();
                PinnedCollectors reader = PinnedCollectors.open(ROOT)) {
            for (int i = 1; i <= 3; i++) {
                cgroup.attach(process.pid());
                assertThat(attaches(reader.snapshot(), cgroup.path())).isEqualTo(i);
                // Bytes after the end of an ELF file mean nothing, but make it another object.
                byte[] object = BuiltIn.object("attach");
                byte[] newer = Arrays.copyOf(object, object.length + i);
                try (CollectorLoad load = Objects.requireNonNull(
                        CollectorLoad.verify(target(report.mode()), source("attach", newer), said::add))) {
                    load.place();
                }
                assertThat(said).last().asString().contains("its totals go on");
            }
            assertThat(attaches(reader.snapshot(), cgroup.path())).isEqualTo(3);
        }
    }

    @Test
    @Tag("kernel")
    void theSameTotalsComeFromBothModes() {
        load(4096);
        FlushMode other = FlushMode.WALK;
        try (TestCgroup cgroup = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            cgroup.attach(process.pid());
            assertThat(attaches(snapshot(), cgroup.path())).isEqualTo(1);
            Loader.load(options(4096).withFiles(false).withMode(Optional.of(other)), said::add);
            cgroup.attach(process.pid());
            Snapshot walked = snapshot();
            assertThat(walked.collectors()).allMatch(collector -> collector.mode() == FlushMode.WALK);
            assertThat(attaches(walked, cgroup.path())).isEqualTo(2);
        }
    }

    @Test
    @Tag("kernel")
    void anObjectThatTheVerifierRefusesIsNamedWithItsReasonAndLeavesNothing() throws IOException {
        load(4096);
        List<Path> before = pins();
        byte[] refused = testObject("refused");
        assertThatThrownBy(() -> CollectorLoad.verify(target(FlushMode.WALK), source("refused", refused), said::add))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("program broken")
                .hasMessageMatching("(?s).*(invalid mem access|invalid dereference).*")
                .hasMessageContaining("--debug")
                .satisfies(failure -> assertThat(failure).message().doesNotContain("\n"));
        assertThat(pins()).isEqualTo(before);
    }

    @Test
    @Tag("host")
    void whatIsNoObjectAtAllIsAnError() {
        load(4096);
        for (byte[] garbage :
                List.of(new byte[0], new byte[4096], "#!/bin/sh\n".getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
            assertThatThrownBy(
                            () -> CollectorLoad.verify(target(FlushMode.WALK), source("garbage", garbage), said::add))
                    .isInstanceOf(RstatException.class)
                    .hasMessageMatching("not a BPF object.*|the object file is cut short or corrupt");
        }
    }

    @Test
    @Tag("kernel")
    void aMapThatIsFullCountsWhatItLosesAndKeepsTheRestRight() {
        int room = 16;
        int cgroups = 40;
        load(room);
        try (TestCgroup top = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            long before = attaches(snapshot(), "/");
            for (int i = 0; i < cgroups; i++) {
                TestCgroup child = top.child("c" + i);
                child.attach(process.pid());
                child.attach(process.pid());
            }
            Snapshot snapshot = snapshot();
            CollectorState state = Totals.collector(snapshot, "attach").state();
            assertThat(state.maxEntries()).isEqualTo(room);
            assertThat(state.entries()).isLessThanOrEqualTo(room);
            assertThat(state.lostEvents() + state.misplacedEvents() + state.missingTotals())
                    .isPositive();
            assertThat(attaches(snapshot, "/") - before + state.lostEvents()).isEqualTo(2L * cgroups);
        }
    }

    @Test
    @Tag("host")
    void pinsOfAnotherVersionAreNamedByReadersAndReplacedByTheLoader() {
        load(4096);
        Path record = ROOT.resolve("collectors/attach/record");
        try (BpfMap map = new BpfMap(Pin.get(record))) {
            ByteBuffer value = map.element(0);
            value.putInt(4, 99);
            map.put(BpfMap.buffer(Integer.BYTES), value);
        }
        assertThat(snapshot().failures().get("attach")).contains("another version", "rstat load");
        said.clear();
        load(4096);
        assertThat(said).anyMatch(line -> line.startsWith("collector attach: loading; its totals start at 0"));
        assertThat(snapshot().failures()).doesNotContainKeys("attach", "runqueue");
    }

    @Test
    @Tag("kernel")
    void aServiceThatIsReadingFollowsTheLoader() {
        load(4096);
        try (PinnedCollectors reader = PinnedCollectors.open(ROOT)) {
            assertThat(reader.snapshot().collectors()).hasSizeGreaterThan(1);
            Loader.load(options(4096).withCollectors(Loader.builtIn(List.of("attach"))), said::add);
            assertThat(reader.snapshot().collectors()).hasSize(1);
            load(4096);
            assertThat(reader.snapshot().collectors()).hasSizeGreaterThan(1);
        }
    }

    @Test
    @Tag("host")
    void aPinRootThatIsSomethingElseIsLeftAlone(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("mine"), "text");
        assertThatThrownBy(() -> Loader.load(LoadOptions.of(folder).withMaxCgroups(64), said::add))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("not on bpffs")
                .hasMessageContaining("--pin-root");
        assertThat(folder.resolve("mine")).exists();
    }

    @Test
    @Tag("host")
    void anUnknownUserOrCollectorIsAnErrorBeforeAnythingHappens() {
        assertThatThrownBy(() -> Loader.load(
                        LoadOptions.of(ROOT).withCollectors(Loader.builtIn(List.of("nonsense"))), said::add))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("there is no collector `nonsense`; there are: attach, ");
        assertThatThrownBy(() -> Loader.load(LoadOptions.of(ROOT).withUser("no-such-user"), said::add))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("useradd");
        assertThat(ROOT).doesNotExist();
    }

    @Test
    @Tag("host")
    void loadersThatComeAtOnceWaitForEachOther() throws Exception {
        List<String> lines = Collections.synchronizedList(said);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<LoadReport>> loads =
                    threads.invokeAll(Collections.nCopies(4, () -> Loader.load(options(64), lines::add)));
            for (Future<LoadReport> load : loads) {
                assertThat(load.get().collectors()).isNotEmpty();
            }
        }
        assertThat(lines).filteredOn("collector attach: loading"::equals).hasSize(1);
        assertThat(lines)
                .filteredOn("collector attach: in place already"::equals)
                .hasSize(3);
        assertThat(MountTable.read())
                .filteredOn(mount -> mount.point().equals(ROOT.toString()))
                .hasSize(1);
        assertThat(snapshot().failures()).doesNotContainKeys("attach", "runqueue");
    }

    @Test
    @Tag("host")
    void whatIsMissingOrAnotherGroupsIsMendedByTheNextLoad() throws IOException {
        load(4096);
        try (TestCgroup cgroup = TestCgroup.create();
                Workload process = Workload.sleeping()) {
            cgroup.attach(process.pid());
            assertThat(attaches(snapshot(), cgroup.path())).isEqualTo(1);
            Files.delete(ROOT.resolve("self/attach"));
            Loader.load(options(4096).withUser("nobody"), said::add);
            assertThat(ROOT.resolve("self/attach")).exists();
            assertThat(Files.getAttribute(totals(), "unix:gid"))
                    .isEqualTo(ServiceUser.of("nobody").gid());
            assertThat(attaches(snapshot(), cgroup.path())).isEqualTo(1);

            Files.delete(totals());
            said.clear();
            load(4096);
            assertThat(said).anyMatch(line -> line.startsWith("collector attach: loading; its totals start at 0"));
            cgroup.attach(process.pid());
            assertThat(attaches(snapshot(), cgroup.path())).isEqualTo(1);
        }
    }

    @Test
    @Tag("host")
    void roomThatDiffersIsSaid() {
        load(4096);
        said.clear();
        load(8192);
        assertThat(said)
                .anyMatch(line -> line.startsWith("collector attach: keeps its room for 4096 cgroups; for another"));
    }

    @Test
    @Tag("host")
    void leftoversOfAKilledLoaderGoWithTheNextLoad() {
        load(4096);
        Path leftover = ROOT.resolve("loading-attach");
        PinRoot.directory(leftover);
        try (FileDescriptor map = Pin.get(totals())) {
            Pin.pin(map.number(), leftover.resolve("totals_array"));
        }
        load(4096);
        assertThat(leftover).doesNotExist();
        assertThat(snapshot().failures()).doesNotContainKeys("attach", "runqueue");
    }

    private static List<Path> pins() throws IOException {
        try (var paths = Files.walk(ROOT)) {
            return paths.sorted().toList();
        }
    }

    private static byte[] testObject(String name) throws IOException {
        try (InputStream in = LoaderKernelTest.class.getResourceAsStream("/dev/rstat/bpf/test/" + name + ".bpf.o")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }
}
