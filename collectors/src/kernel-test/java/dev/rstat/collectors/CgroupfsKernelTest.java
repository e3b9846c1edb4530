// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is read of the kernel's own files is what they say, whoever comes and goes. */
@Tag("kernel")
class CgroupfsKernelTest {
    private static final CgroupMount MOUNT = CgroupMount.find();
    private static final int MANY = 1 << 20;

    private final int openBefore = openCgroupFiles();

    @AfterEach
    void nothingIsLeftOpen() {
        assertThat(openCgroupFiles()).isEqualTo(openBefore);
    }

    @Test
    void everyNumberIsThatOfTheFile() throws IOException {
        try (TestCgroup cgroup = TestCgroup.create();
                CgroupfsCollector kept = new CgroupfsCollector(MOUNT, MANY);
                CgroupfsCollector bounded = new CgroupfsCollector(MOUNT, 3);
                CgroupfsCollector anew = new CgroupfsCollector(MOUNT, 0)) {
            Process process = work(cgroup);
            try {
                List<Cgroup> tree = tree(cgroup);
                Compared compared = new Compared(cgroup);
                for (CgroupfsCollector collector : List.of(kept, kept, bounded, bounded, anew, anew)) {
                    compared.with(collector, tree);
                }
                assertThat(compared.numbers).isGreaterThanOrEqualTo(7);
                assertThat(compared.ours("cpu.stat usage_usec")).isPositive();
                if (Files.exists(Path.of("/dev/nvme0n1"))) {
                    assertThat(compared.deviceNumbers).isPositive();
                }
            } finally {
                process.destroyForcibly();
            }
        }
    }

    /** Takes turns at reading with somebody independent until nothing has changed around a reading. */
    private static final class Compared {
        private final TestCgroup cgroup;
        private Map<String, Long> theirs = Map.of();
        private int numbers;
        private int deviceNumbers;

        Compared(TestCgroup cgroup) {
            this.cgroup = cgroup;
        }

        void with(CgroupfsCollector collector, List<Cgroup> tree) {
            List<CgroupfsSnapshot> between = new ArrayList<>();
            Await.until("numbers that stand still", Duration.ofSeconds(30), () -> {
                Map<String, Long> before = independent(cgroup.directory());
                between.add(collector.read(tree));
                theirs = independent(cgroup.directory());
                return before.equals(theirs);
            });
            CgroupfsSnapshot ours = between.getLast();
            numbers = 0;
            List<CgroupfsTable.Source> columns = CgroupfsTable.TABLE.columns();
            for (int column = 0; column < columns.size(); column++) {
                String name =
                        columns.get(column).file() + " " + columns.get(column).key();
                assertThat(ours.value(0, column)).as(name).isEqualTo(theirs.getOrDefault(name.strip(), -1L));
                numbers += ours.value(0, column) >= 0 ? 1 : 0;
            }
            deviceNumbers = 0;
            List<CgroupfsTable.Source> deviceColumns = CgroupfsTable.TABLE.deviceColumns();
            for (int entry = ours.firstEntry(0); entry < ours.firstEntry(1); entry++) {
                for (int column = 0; column < deviceColumns.size(); column++) {
                    String name = "io.stat %d:%d %s"
                            .formatted(
                                    ours.device(entry) >> 32,
                                    (int) ours.device(entry),
                                    deviceColumns.get(column).key());
                    assertThat(ours.deviceValue(entry, column)).as(name).isEqualTo(theirs.get(name));
                    deviceNumbers++;
                }
            }
            assertThat(deviceNumbers)
                    .isEqualTo(theirs.keySet().stream()
                            .filter(name -> name.startsWith("io.stat "))
                            .count());
            System.out.printf(
                    "cgroupfs: %d files, %d numbers and %d of devices as read independently; CPU time: ours %d us theirs %d us; %d descriptors kept, %d us%n",
                    ours.files(),
                    numbers,
                    deviceNumbers,
                    ours("cpu.stat usage_usec"),
                    theirs.get("cpu.stat usage_usec"),
                    ours.keptDescriptors(),
                    ours.nanoseconds() / 1000);
        }

        /** Equal to theirs, as was asserted. */
        long ours(String name) {
            return theirs.getOrDefault(name, -1L);
        }
    }

    @Test
    void descriptorsFollowCgroupsThatComeAndGo() throws IOException {
        try (TestCgroup top = TestCgroup.create();
                CgroupfsCollector collector = new CgroupfsCollector(MOUNT, MANY)) {
            enableControllers(top);
            List<TestCgroup> children = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                children.add(top.child("c" + i));
                if (i % 3 > 0) {
                    children.removeFirst().remove();
                }
                if (i % 20 == 19) {
                    CgroupfsSnapshot snapshot = collector.read(tree(top));
                    assertThat(openCgroupFiles() - openBefore).isEqualTo(snapshot.keptDescriptors());
                    assertThat(snapshot.files()).isEqualTo(snapshot.keptDescriptors());
                    assertThat(snapshot.files())
                            .isEqualTo(existing(top) + children.size() * existing(children.getLast()));
                }
            }
            int most = openCgroupFiles() - openBefore;
            children.forEach(TestCgroup::remove);
            // Their files are still open, and yet they go for good.
            assertThat(openCgroupFiles() - openBefore).isEqualTo(most);
            Await.until(
                    "no cgroup is held",
                    Duration.ofSeconds(30),
                    () -> Objects.equals(independent(top.directory()).get("cgroup.stat nr_dying_descendants"), 0L));
            assertThat(collector.read(tree(top)).keptDescriptors())
                    .isEqualTo(openCgroupFiles() - openBefore)
                    .isEqualTo(existing(top));
            System.out.printf(
                    "cgroupfs: %d descriptors of %d cgroups, %d of one%n",
                    most, children.size() + 1, openCgroupFiles() - openBefore);
        }
    }

    @Test
    void aCgroupThatIsMadeAgainIsAnother() throws IOException {
        try (TestCgroup top = TestCgroup.create();
                CgroupfsCollector collector = new CgroupfsCollector(MOUNT, MANY);
                CgroupfsCollector late = new CgroupfsCollector(MOUNT, MANY)) {
            TestCgroup first = top.child("again");
            Process process = work(first);
            List<Cgroup> old = tree(first);
            CgroupfsSnapshot worked = collector.read(old);
            process.destroyForcibly();
            assertThat(worked.value(0, column("cpu.stat", "usage_usec"))).isPositive();
            first.remove();
            assertThat(collector.read(old).files()).isZero();

            TestCgroup second = top.child("again");
            assertThat(second.id()).isNotEqualTo(old.getFirst().id());
            // Who still has the old tree sees nothing: not the old numbers, nor those of who has the path now.
            for (CgroupfsCollector any : List.of(collector, late)) {
                CgroupfsSnapshot gone = any.read(old);
                assertThat(gone.files()).isZero();
                assertThat(gone.value(0, column("cpu.stat", "usage_usec"))).isEqualTo(CgroupfsSnapshot.ABSENT);
            }
            CgroupfsSnapshot anew = collector.read(tree(second));
            assertThat(anew.value(0, column("cpu.stat", "usage_usec"))).isZero();
            System.out.printf(
                    "cgroupfs: CPU time of the first %d us, of the second at its path %d us%n",
                    worked.value(0, column("cpu.stat", "usage_usec")), anew.value(0, column("cpu.stat", "usage_usec")));
        }
    }

    /** Everywhere pressure can be switched; controllers where the root has any to give. */
    @Test
    void filesThatComeAndGoAreFound() throws IOException {
        try (TestCgroup top = TestCgroup.create();
                CgroupfsCollector collector = new CgroupfsCollector(MOUNT, MANY)) {
            TestCgroup cgroup = top.child("switched");
            List<Cgroup> tree = tree(cgroup);
            int first = existing(cgroup);
            assertThat(collector.read(tree).files()).isEqualTo(first);

            Files.writeString(cgroup.directory().resolve("cgroup.pressure"), "0");
            for (int i = 0; i < 40; i++) {
                assertThat(collector.read(tree).files()).isEqualTo(first - 3).isEqualTo(existing(cgroup));
            }

            Files.writeString(cgroup.directory().resolve("cgroup.pressure"), "1");
            enableControllers(top);
            int most = existing(cgroup);
            int readings = 1;
            while (collector.read(tree).files() < most) {
                assertThat(++readings).isLessThanOrEqualTo(16);
            }
            System.out.printf("cgroupfs: %d files, then %d, found with reading %d%n", first - 3, most, readings);
        }
    }

    /** For the children, all that the cgroup itself has. */
    private static void enableControllers(TestCgroup cgroup) throws IOException {
        for (String controller : Files.readString(cgroup.directory().resolve("cgroup.controllers"))
                .strip()
                .split(" ", -1)) {
            if (!controller.isEmpty()) {
                Files.writeString(cgroup.directory().resolve("cgroup.subtree_control"), "+" + controller);
            }
        }
    }

    /** How many of the files that are read a cgroup has. */
    private static int existing(TestCgroup cgroup) {
        return (int) Arrays.stream(CgroupFile.values())
                .filter(file -> Files.exists(cgroup.directory().resolve(file.toString())))
                .count();
    }

    /** Pages, faults, CPU time and forks; and reads from a disk where there is one, as in the guests that bring back results. */
    private static Process work(TestCgroup cgroup) throws IOException {
        Process process = new ProcessBuilder("bash", "-c", """
                        echo $$ > %s/cgroup.procs
                        pages=$(head -c 2000000 /dev/zero | tr '\\0' x)
                        for ((i = 0; i < 20000; i++)); do :; done
                        [ ! -b /dev/nvme0n1 ] || dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=50 2>/dev/null
                        echo done
                        read stop
                        """.formatted(cgroup.directory()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("done");
        cgroup.freeze();
        return process;
    }

    private static int column(String file, String key) {
        List<CgroupfsTable.Source> columns = CgroupfsTable.TABLE.columns();
        for (int column = 0; column < columns.size(); column++) {
            if (columns.get(column).file().toString().equals(file)
                    && columns.get(column).key().equals(key)) {
                return column;
            }
        }
        throw new AssertionError("no column of %s %s".formatted(file, key));
    }

    /** A cgroup and those below it. */
    private static List<Cgroup> tree(TestCgroup top) {
        return CgroupTree.read(MOUNT).stream()
                .filter(cgroup -> (cgroup.path() + "/").startsWith(top.path() + "/"))
                .toList();
    }

    /** Descriptors of this process for files in cgroup2. */
    private static int openCgroupFiles() {
        int count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    count += Files.readSymbolicLink(descriptor).startsWith(MOUNT.path()) ? 1 : 0;
                } catch (NoSuchFileException closed) {
                    // It was the one that lists, or another thread's.
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return count;
    }

    /** All numbers of the files read, in the plainest way: file, keys in their order, number. Averages of pressure decay, so not them. */
    private static Map<String, Long> independent(Path directory) throws IOException {
        Map<String, Long> numbers = new TreeMap<>();
        for (CgroupFile file : CgroupFile.values()) {
            Path path = directory.resolve(file.toString());
            if (!Files.exists(path)) {
                continue;
            }
            for (String line : Files.readAllLines(path)) {
                String[] words = line.split(" ", -1);
                if (words.length == 1) {
                    put(numbers, file.toString(), words[0]);
                } else if (!words[1].contains("=")) {
                    put(numbers, file + " " + words[0], words[1]);
                } else {
                    for (String word : List.of(words).subList(1, words.length)) {
                        String[] pair = word.split("=", -1);
                        if (pair.length == 2 && !pair[0].startsWith("avg")) {
                            String key = pair[0].equals("total") ? "" : " " + pair[0];
                            put(numbers, "%s %s%s".formatted(file, words[0], key), pair[1]);
                        }
                    }
                }
            }
        }
        return numbers;
    }

    private static void put(Map<String, Long> numbers, String name, String number) {
        if (!number.equals("max")) {
            numbers.put(name, Long.parseLong(number));
        }
    }
}
