// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The schema is what the C file says, read from what clang made of it. */
class CollectorSchemaTest {
    /** The section .BTF of an object: a small ELF reader, for tests only, since libbpf does this in the product. */
    static ByteBuffer btf(String object) {
        ByteBuffer elf = ByteBuffer.wrap(BuiltIn.object(object)).order(ByteOrder.LITTLE_ENDIAN);
        long headers = elf.getLong(0x28);
        int size = elf.getShort(0x3a);
        int sections = elf.getShort(0x3c);
        long names = elf.getLong((int) headers + elf.getShort(0x3e) * size + 0x18);
        for (int i = 0; i < sections; i++) {
            int header = (int) headers + i * size;
            int name = (int) names + elf.getInt(header);
            if (elf.get(name) == '.' && elf.get(name + 1) == 'B' && elf.get(name + 4) == 0) {
                return elf.slice((int) elf.getLong(header + 0x18), (int) elf.getLong(header + 0x20));
            }
        }
        throw new AssertionError("no .BTF");
    }

    @Test
    void theRunqueueCollectorsStructIsItsSchema() {
        CollectorSchema schema = CollectorSchema.of(Btf.parse(btf("runqueue")));
        assertThat(schema.name()).isEqualTo("runqueue");
        assertThat(schema.words()).isEqualTo(38);
        assertThat(schema.metrics())
                .containsExactly(
                        new Metric(
                                "wait",
                                "cgroup_runqueue_latency_seconds",
                                Metric.Type.HISTOGRAM,
                                Metric.Unit.NANOSECONDS,
                                "Time tasks were runnable before they ran, not counting the time they were throttled.",
                                0),
                        new Metric(
                                "switches",
                                "cgroup_context_switches_total",
                                Metric.Type.COUNTER,
                                Metric.Unit.NONE,
                                "Switches to a task.",
                                33),
                        new Metric(
                                "preemptions",
                                "cgroup_preemptions_total",
                                Metric.Type.COUNTER,
                                Metric.Unit.NONE,
                                "Switches away from a task that could have gone on running.",
                                34),
                        new Metric(
                                "throttled",
                                "cgroup_runqueue_throttled_seconds_total",
                                Metric.Type.COUNTER,
                                Metric.Unit.NANOSECONDS,
                                "Time tasks were runnable but throttled, because the CPU quota of a cgroup they are in was used up.",
                                35),
                        new Metric(
                                "longest",
                                "cgroup_runqueue_longest_wait_seconds",
                                Metric.Type.GAUGE,
                                Metric.Unit.NANOSECONDS,
                                "The longest time a task was runnable before it ran, since collection began.",
                                36,
                                List.of(),
                                "",
                                true),
                        new Metric(
                                "longest_at",
                                "cgroup_runqueue_longest_wait_boot_seconds",
                                Metric.Type.GAUGE,
                                Metric.Unit.NANOSECONDS,
                                "When the longest wait ended, in seconds since the system was booted.",
                                37,
                                List.of(),
                                "",
                                true));
    }

    @Test
    void everyBuiltInCollectorHasASchemaUnderItsOwnName() {
        assertThat(BuiltIn.collectors()).isNotEmpty().allSatisfy(name -> {
            CollectorSchema schema = CollectorSchema.of(Btf.parse(btf(name)));
            assertThat(schema.name()).isEqualTo(name);
            assertThat(schema.description()).isNotEmpty();
            assertThat(schema.metrics())
                    .allSatisfy(metric -> assertThat(metric.help()).isNotEmpty());
        });
    }

    @Test
    void anObjectThatIsNoCollectorIsRefused() {
        assertThatThrownBy(() -> CollectorSchema.of(Btf.parse(btf("probe"))))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("no RSTAT_COLLECTOR");
    }

    @Test
    void damagedBtfIsRefusedOrReadButNeverCrashes() {
        byte[] good = new byte[btf("runqueue").remaining()];
        btf("runqueue").get(good);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 20000; i++) {
            byte[] bad = good.clone();
            int length = random.nextInt(4) == 0 ? random.nextInt(bad.length) : bad.length;
            for (int n = random.nextInt(6); n >= 0; n--) {
                bad[random.nextInt(random.nextBoolean() ? 64 : bad.length)] = (byte) random.nextInt();
            }
            try {
                CollectorSchema.of(Btf.parse(ByteBuffer.wrap(bad, 0, length).slice()));
            } catch (RstatException told) {
                refused++;
            } catch (RuntimeException crash) {
                throw new AssertionError("seed %d, round %d".formatted(seed, i), crash);
            }
        }
        assertThat(refused).isPositive();
    }

    /** What the fuzzer starts from is good, so that what is beyond the schema is come to as well. */
    @Test
    void theSmallObjectIsACollector() {
        CollectorObject small = CollectorObject.parse(SmallObject.elf());
        assertThat(small.schema().metrics()).extracting(Metric::field).containsExactly("events", "delay");
        assertThat(CollectorRules.broken(small.btf(), small.schema())).isEmpty();
        assertThat(small.forCpus(8)).isNotEqualTo(small.forCpus(9));
    }

    /** 65,535 sections whose names are one text of four megabytes: to look for each name's end took ten minutes. */
    @Test
    void longNamesOfManySectionsTakeNoTime() {
        int count = 65_535;
        int length = 4 << 20;
        ByteBuffer elf = ByteBuffer.allocate(64 + length + 1 + count * 64).order(ByteOrder.nativeOrder());
        elf.put(SmallObject.elf(), 0, 64);
        Arrays.fill(elf.array(), 64, 64 + length, (byte) '.');
        elf.putLong(40, 64 + length + 1).putShort(60, (short) count).putShort(62, (short) 0);
        elf.putLong(64 + length + 1 + 24, 64);
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThatThrownBy(() -> CollectorObject.parse(elf.array()))
                        .isInstanceOf(RstatException.class)
                        .hasMessageContaining("no BTF"));
    }

    /** A struct of 65,535 fields of that name would be half a gigabyte of it. */
    @Test
    void stringsHaveAnEnd() {
        byte[] btf = SmallObject.btf();
        ByteBuffer longer = ByteBuffer.allocate(btf.length + 5000).order(ByteOrder.nativeOrder());
        longer.put(btf, 0, btf.length - 1);
        Arrays.fill(longer.array(), btf.length - 1, longer.capacity(), (byte) 'x');
        longer.putInt(20, longer.getInt(20) + 5000);
        assertThatThrownBy(() -> Btf.parse(longer.rewind()).lengthOfMapValue("cells"))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("more than 4096 bytes");
    }
}
