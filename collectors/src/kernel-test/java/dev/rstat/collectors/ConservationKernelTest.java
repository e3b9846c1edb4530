// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nothing is lost on the way up, for every collector and every word of it: what a subtree has is what its leaves had when the last process
 * in them was gone, though most of them are gone, too.
 */
@Tag("kernel")
class ConservationKernelTest {
    private static final int GENERATIONS = 2;

    private final List<String> said = new ArrayList<>();

    @AfterEach
    void unload() {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
    }

    @ParameterizedTest
    @MethodSource("dev.rstat.collectors.Modes#each")
    void whatLeavesHadIsInEveryTotalAboveThem(FlushMode mode, ResultStore store) throws Exception {
        Loader.unload(LoadedCollectors.PIN_ROOT, said::add);
        boolean everything = LoadedCollectors.EXPECTED_MODE == FlushMode.RSTAT;
        LoadReport report = Loader.load(
                LoadedCollectors.options(4096)
                        .withFiles(false)
                        .withMode(Optional.of(mode))
                        .withStore(Optional.of(store)),
                said::add);
        SortedMap<String, long[]> leaves = new TreeMap<>();
        try (TestCgroup top = TestCgroup.create();
                @Nullable Pressure pressure = everything ? new Pressure() : null;
                PinnedCollectors pinned = PinnedCollectors.open(LoadedCollectors.PIN_ROOT);
                ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> answer(server));
            List<TestCgroup> branches = branches(top, everything);
            for (int generation = 0; generation < GENERATIONS; generation++) {
                // The same paths each time, other cgroups.
                List<TestCgroup> born =
                        branches.stream().map(branch -> branch.child("leaf")).toList();
                for (TestCgroup leaf : born) {
                    work(leaf, server.getLocalPort());
                    // Of one leaf that dies, and of one that stays: it takes long.
                    if (pressure != null && leaf == born.get(generation)) {
                        pressure.meet(leaf);
                    }
                }
                settled(pinned, born).forEach(words -> add(leaves, words));
                if (generation < GENERATIONS - 1) {
                    born.forEach(TestCgroup::remove);
                }
            }
            Snapshot snapshot = pinned.snapshot();
            SortedMap<String, long[]> above = words(snapshot, top.path());
            int words = 0;
            for (Map.Entry<String, long[]> collector : above.entrySet()) {
                long[] injected = leaves.getOrDefault(collector.getKey(), new long[collector.getValue().length]);
                assertThat(collector.getValue())
                        .as("%s in store %s", collector.getKey(), store.label())
                        .isEqualTo(injected);
                words += (int) Arrays.stream(injected).filter(word -> word != 0).count();
            }
            List<String> idle = report.collectors().stream()
                    .filter(name -> !above.containsKey(name))
                    .toList();
            System.out.printf(
                    "conservation, %s, %s: %d collectors, %d words with counts of 8 leaves, all equal at the top; without events: %s%n",
                    report.mode().label(), store.label(), above.size(), words, idle);
            if (everything) {
                assertThat(idle).isEmpty();
            }
            assertThat(above).containsKeys("attach", "process", "runqueue", "tcp");
            // Linux 6.1 refuses the storage of a task to whoever interrupts its use on the same CPU: what waits began
            // then is not known.
            long lost = Modes.stores().count() > 1 ? 0 : 3;
            snapshot.collectors()
                    .forEach(collector -> assertThat(collector.state().lostEvents())
                            .as(collector.schema().name())
                            .isBetween(0L, lost));
        }
    }

    /** The second and third level of a tree whose fourth are the leaves. */
    private static List<TestCgroup> branches(TestCgroup top, boolean controllers) {
        List<TestCgroup> branches = new ArrayList<>();
        List<TestCgroup> parents = new ArrayList<>(List.of(top));
        for (int a = 0; a < 2; a++) {
            TestCgroup second = top.child("a" + a);
            parents.add(second);
            for (int b = 0; b < 2; b++) {
                branches.add(second.child("b" + b));
            }
        }
        parents.addAll(branches);
        if (controllers) {
            parents.forEach(Pressure::control);
        }
        return branches;
    }

    private static void answer(ServerSocket server) {
        try {
            while (true) {
                try (Socket socket = server.accept();
                        InputStream in = socket.getInputStream()) {
                    while (in.read() != '\n') {
                        // The rest of the line.
                    }
                    socket.getOutputStream().write("hello\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                }
            }
        } catch (SocketException closed) {
            return; // the test is over
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Something of everything: forks, execs, exits and signals, faults, mappings, writes that reach a disk, a connection. */
    private static void work(TestCgroup leaf, int port) throws IOException, InterruptedException {
        String file = "/tmp/rstat-conservation-" + ProcessHandle.current().pid();
        Process process = new ProcessBuilder("bash", "-c", """
                        echo $$ >%s/cgroup.procs || exit 1
                        for i in 1 2 3; do cat /proc/self/maps >/dev/null; done
                        bash -c 'kill -9 $$'
                        exec 3<>/dev/tcp/127.0.0.1/%d && echo hello >&3 && read -r answer <&3
                        dd if=/dev/zero of=%s bs=4096 count=32 conv=fsync 2>/dev/null || exit 1
                        rm -f %s
                        """.formatted(leaf.directory(), port, file, file))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor()).isZero();
    }

    /**
     * What cgroups have that nothing runs in any more. What their sockets still have to say takes a moment: an acknowledgement may be
     * delayed by 200 ms.
     */
    private static List<SortedMap<String, long[]>> settled(PinnedCollectors pinned, List<TestCgroup> cgroups) {
        List<List<SortedMap<String, long[]>>> seen = new ArrayList<>(List.of(words(pinned.snapshot(), cgroups)));
        Await.until("the counts of %s stand still".formatted(cgroups), Duration.ofSeconds(30), () -> {
            Thread.sleep(300);
            List<SortedMap<String, long[]>> now = words(pinned.snapshot(), cgroups);
            boolean same = IntStream.range(0, now.size())
                    .allMatch(i -> isSame(now.get(i), seen.getLast().get(i)));
            seen.add(now);
            return same && cgroups.stream().allMatch(ConservationKernelTest::isEmpty);
        });
        return seen.getLast();
    }

    /** A process that is slow to go may have a fault long after it has done its work. */
    private static boolean isEmpty(TestCgroup cgroup) {
        return Shell.run("grep -qx 'populated 0' %s/cgroup.events".formatted(cgroup.directory()))
                        .status()
                == 0;
    }

    private static List<SortedMap<String, long[]>> words(Snapshot snapshot, List<TestCgroup> cgroups) {
        return cgroups.stream().map(cgroup -> words(snapshot, cgroup.path())).toList();
    }

    private static boolean isSame(SortedMap<String, long[]> now, SortedMap<String, long[]> before) {
        return now.keySet().equals(before.keySet())
                && now.entrySet().stream()
                        .allMatch(entry -> Arrays.equals(entry.getValue(), before.get(entry.getKey())));
    }

    private static void add(SortedMap<String, long[]> sums, SortedMap<String, long[]> words) {
        words.forEach((collector, values) -> {
            long[] sum = sums.computeIfAbsent(collector, _ -> new long[values.length]);
            for (int word = 0; word < values.length; word++) {
                sum[word] += values[word];
            }
        });
    }

    /** The words of a cgroup that are sums, 0 in place of the others, and of a top the sum over its entries in its last word. */
    private static SortedMap<String, long[]> words(Snapshot snapshot, String path) {
        assertThat(snapshot.collectors()).allMatch(CollectorSnapshot::consistent);
        int cgroup = Totals.index(snapshot, path).orElseThrow();
        SortedMap<String, long[]> words = new TreeMap<>();
        for (CollectorSnapshot collector : snapshot.collectors()) {
            if (collector.has(cgroup)) {
                long[] values = new long[collector.schema().words()];
                for (Metric metric : collector.schema().metrics()) {
                    sums(metric, collector, cgroup, values);
                }
                words.put(collector.schema().name(), values);
            }
        }
        return words;
    }

    private static void sums(Metric metric, CollectorSnapshot collector, int cgroup, long[] values) {
        int first = metric.firstWord();
        if (metric.ownFlush() || metric.type() == Metric.Type.MAX) {
            return;
        }
        if (metric.type() == Metric.Type.TOP) {
            int last = first + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS;
            values[last] = collector.value(cgroup, last);
            for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
                values[last] += collector.value(cgroup, first + entry * Metric.TOP_ENTRY_WORDS + 1);
            }
            return;
        }
        for (int word = first; word < first + metric.type().words(); word++) {
            values[word] = collector.value(cgroup, word);
        }
    }
}
