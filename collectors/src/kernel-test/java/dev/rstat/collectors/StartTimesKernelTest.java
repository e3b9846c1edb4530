// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Since when counters count: the moment at which they were 0, and the same one whoever asks and however often. */
@Tag("kernel")
class StartTimesKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    /** What they are rounded to. */
    private static final long MILLISECOND = 1_000_000;

    /** In the loader's record, of the object's hash. */
    private static final int HASH = 32;

    private final List<String> said = new ArrayList<>();

    @BeforeEach
    @AfterEach
    void startFromNothing() {
        Loader.unload(ROOT, said::add);
    }

    private void load(int maxCgroups, String... collectors) {
        Loader.load(
                LoadedCollectors.options(maxCgroups)
                        .withFiles(false)
                        .withCollectors(Loader.builtIn(List.of(collectors))),
                said::add);
    }

    /** As a service that has just been started takes it. */
    private static Snapshot snapshot() {
        CgroupfsCollector files = new CgroupfsCollector(CgroupMount.find(), 0);
        try (PinnedCollectors pinned = PinnedCollectors.open(ROOT, files)) {
            return pinned.snapshot();
        }
    }

    private static long start(Snapshot snapshot, String collector, long cgroup) {
        return Totals.collector(snapshot, collector).startNanos(snapshot.index().of(cgroup));
    }

    private static long kernelsStart(Snapshot snapshot, long cgroup) {
        return Objects.requireNonNull(snapshot.cgroupfs())
                .startNanos(snapshot.index().of(cgroup));
    }

    private static long now() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    private static long rootId() {
        return CgroupTree.read(CgroupMount.find()).getFirst().id();
    }

    private static void assertBetween(long from, long start, long to) {
        assertThat(start).isBetween(from - MILLISECOND, to + MILLISECOND);
    }

    @Test
    void aCollectorsLoadACgroupsCreationAndTheBootAreTold() throws IOException {
        try (TestCgroup before = TestCgroup.create()) {
            long loading = now();
            load(4096, "attach");
            long loaded = now();
            try (TestCgroup after = TestCgroup.create()) {
                long made = now();
                load(4096, "attach", "process");
                Snapshot snapshot = snapshot();
                assertBetween(loading, start(snapshot, "attach", before.id()), loaded);
                assertThat(start(snapshot, "attach", rootId())).isEqualTo(start(snapshot, "attach", before.id()));
                assertBetween(loaded, start(snapshot, "attach", after.id()), made);
                assertThat(kernelsStart(snapshot, after.id())).isEqualTo(start(snapshot, "attach", after.id()));
                // This one began later than the cgroup.
                assertBetween(made, start(snapshot, "process", after.id()), now());
                assertBetween(
                        bootTime(), kernelsStart(snapshot, before.id()), bootTime() + TimeUnit.SECONDS.toNanos(1));
            }
        }
    }

    @Test
    void noRestartAndNoLoadChangesThem() {
        load(4096, "attach");
        try (TestCgroup cgroup = TestCgroup.create();
                PinnedCollectors running = PinnedCollectors.open(ROOT)) {
            Snapshot first = snapshot();
            long began = start(first, "attach", rootId());
            long created = start(first, "attach", cgroup.id());
            assertThat(created).isGreaterThan(began);
            for (int i = 0; i < 2; i++) {
                makeAnotherObject();
                load(4096, "attach");
                assertThat(said).last().asString().contains("its totals go on");
                for (Snapshot snapshot : List.of(snapshot(), running.snapshot())) {
                    assertThat(start(snapshot, "attach", rootId())).isEqualTo(began);
                    assertThat(start(snapshot, "attach", cgroup.id())).isEqualTo(created);
                }
            }
        }
    }

    /** Of the collector in place, for the loader. */
    private static void makeAnotherObject() {
        try (BpfMap map = new BpfMap(Pin.get(ROOT.resolve("collectors/attach/record")))) {
            ByteBuffer value = map.element(0);
            value.put(HASH, (byte) ~value.get(HASH));
            map.put(BpfMap.buffer(Integer.BYTES), value);
        }
    }

    @Test
    void whatFindsNoRoomHasTheCollectorsAndWhatIsRemovedMakesRoom() {
        int room = 4;
        load(room, "attach");
        try (TestCgroup top = TestCgroup.create()) {
            List<TestCgroup> children = IntStream.range(0, 2 * room)
                    .mapToObj(i -> top.child("c" + i))
                    .toList();
            Snapshot full = snapshot();
            long began = start(full, "attach", rootId());
            assertThat(start(full, "attach", children.getFirst().id())).isGreaterThan(began);
            assertThat(start(full, "attach", children.getLast().id())).isEqualTo(began);
            children.forEach(TestCgroup::remove);
            TestCgroup late = top.child("late");
            assertThat(start(snapshot(), "attach", late.id())).isGreaterThan(began);
        }
    }

    /** In nanoseconds since the epoch, of which the kernel tells the seconds. */
    private static long bootTime() throws IOException {
        return Files.readAllLines(Path.of("/proc/stat")).stream()
                .filter(line -> line.startsWith("btime "))
                .mapToLong(line -> TimeUnit.SECONDS.toNanos(Long.parseLong(line.substring(6))))
                .sum();
    }
}
