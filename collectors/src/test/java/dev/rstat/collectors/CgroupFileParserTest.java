// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in files as kernels wrote them, and in what no kernel should write. */
class CgroupFileParserTest {
    /** Bytes that are not the text of any file, but near. */
    private static final String ALPHABET =
            "some full total= avg10=0.00 anon rbytes= 8:0 -1 max 18446744073709551615\n\n \0\u00fc";

    @Test
    void cpuStat() {
        assertThat(recorded(CgroupFile.CPU_STAT))
                .containsExactly(
                        entry("cgroup_cpu_usage_seconds_total", 885_753L),
                        entry("cgroup_cpu_user_seconds_total", 4_473L),
                        entry("cgroup_cpu_system_seconds_total", 881_280L),
                        entry("cgroup_cpu_periods_total", 42L),
                        entry("cgroup_cpu_throttled_periods_total", 41L),
                        entry("cgroup_cpu_throttled_seconds_total", 3_116_758L));
    }

    @Test
    void memoryStat() {
        Map<String, Long> samples = recorded(CgroupFile.MEMORY_STAT);
        assertThat(samples)
                .hasSize(27 + 25)
                .containsEntry("cgroup_memory_stat_bytes{anon}", 180_224L)
                .containsEntry("cgroup_memory_stat_bytes{file}", 31_043_584L)
                .containsEntry("cgroup_memory_stat_bytes{percpu}", 64L)
                .containsEntry("cgroup_memory_stat_bytes{slab}", 166_816L)
                .containsEntry("cgroup_memory_stat_total{workingset_refault_file}", 91L)
                .containsEntry("cgroup_memory_stat_total{pgscan}", 8_493L)
                .containsEntry("cgroup_memory_stat_total{pgsteal_direct}", 7_681L)
                .containsEntry("cgroup_memory_stat_total{pgfault}", 114L)
                .containsEntry("cgroup_memory_stat_total{pgmajfault}", 0L);
    }

    @Test
    void events() {
        assertThat(recorded(CgroupFile.MEMORY_EVENTS))
                .containsExactly(
                        entry("cgroup_memory_events_total{low}", 0L),
                        entry("cgroup_memory_events_total{high}", 0L),
                        entry("cgroup_memory_events_total{max}", 305L),
                        entry("cgroup_memory_events_total{oom}", 2L),
                        entry("cgroup_memory_events_total{oom_kill}", 2L),
                        entry("cgroup_memory_events_total{oom_group_kill}", 0L),
                        entry("cgroup_memory_events_total{sock_throttled}", 0L));
        assertThat(recorded(CgroupFile.PIDS_EVENTS)).containsExactly(entry("cgroup_pids_events_total{max}", 0L));
    }

    @Test
    void singleNumbers() {
        assertThat(recorded(CgroupFile.MEMORY_CURRENT))
                .containsExactly(entry("cgroup_memory_current_bytes", 31_391_744L));
        assertThat(recorded(CgroupFile.PIDS_CURRENT)).containsExactly(entry("cgroup_pids_current", 1L));
        assertThat(recorded(CgroupFile.PIDS_MAX)).containsExactly(entry("cgroup_pids_max", 100L));
        assertThat(parse(CgroupFile.PIDS_MAX, "max\n")).isEmpty();
    }

    @Test
    void pressure() {
        assertThat(recorded(CgroupFile.CPU_PRESSURE))
                .containsExactly(entry("cgroup_pressure_waiting_seconds_total{cpu}", 3_365_207L));
        assertThat(recorded(CgroupFile.MEMORY_PRESSURE))
                .containsExactly(
                        entry("cgroup_pressure_waiting_seconds_total{memory}", 79_592L),
                        entry("cgroup_pressure_stalled_seconds_total{memory}", 79_592L));
        assertThat(
                        parse(
                                CgroupFile.IO_PRESSURE,
                                "some avg10=0.65 avg60=0.12 avg300=0.02 total=2\nfull avg10=0.65 avg60=0.12 avg300=0.02 total=1\n"))
                .containsExactly(
                        entry("cgroup_pressure_waiting_seconds_total{io}", 2L),
                        entry("cgroup_pressure_stalled_seconds_total{io}", 1L));
    }

    @Test
    void descendants() {
        assertThat(recorded(CgroupFile.CGROUP_STAT))
                .containsExactly(entry("cgroup_descendants", 0L), entry("cgroup_dying_descendants", 0L));
    }

    @Test
    void devices() {
        assertThat(recorded(CgroupFile.IO_STAT))
                .containsExactly(
                        entry("cgroup_io_read_bytes_total{259:0}", 31_461_376L),
                        entry("cgroup_io_written_bytes_total{259:0}", 0L),
                        entry("cgroup_io_discarded_bytes_total{259:0}", 0L),
                        entry("cgroup_io_reads_total{259:0}", 242L),
                        entry("cgroup_io_writes_total{259:0}", 0L),
                        entry("cgroup_io_discards_total{259:0}", 0L));
        // With the io.cost controller's own keys, an empty value, and a minor number of more than 16 bits.
        assertThat(
                        parse(
                                CgroupFile.IO_STAT,
                                "8:16 rbytes=5 wbytes=6 rios=7 wios=8 dbytes=9 dios=10 cost.usage=11\n253:1048575 rbytes=12 wbytes= rios=13\n"))
                .containsExactly(
                        entry("cgroup_io_read_bytes_total{8:16}", 5L),
                        entry("cgroup_io_read_bytes_total{253:1048575}", 12L),
                        entry("cgroup_io_written_bytes_total{8:16}", 6L),
                        entry("cgroup_io_discarded_bytes_total{8:16}", 9L),
                        entry("cgroup_io_reads_total{8:16}", 7L),
                        entry("cgroup_io_reads_total{253:1048575}", 13L),
                        entry("cgroup_io_writes_total{8:16}", 8L),
                        entry("cgroup_io_discards_total{8:16}", 10L));
    }

    /** Of older kernels; devices without a name. */
    @Test
    void devicesWithoutNumbers() {
        assertThat(parse(CgroupFile.IO_STAT, "8:0 \n8:16 8:32 rbytes=1\n(unknown) rbytes=2\n9:1\n8:x rbytes=3\n"))
                .containsExactly(entry("cgroup_io_read_bytes_total{8:32}", 1L));
    }

    @Test
    void aDeviceIsShownOnce() {
        assertThat(parse(CgroupFile.IO_STAT, "8:0 rbytes=1 wbytes=2\n8:16 rbytes=3\n8:0 rbytes=4\n"))
                .containsExactly(
                        entry("cgroup_io_read_bytes_total{8:0}", 4L),
                        entry("cgroup_io_read_bytes_total{8:16}", 3L),
                        entry("cgroup_io_written_bytes_total{8:0}", 2L));
    }

    @Test
    void manyDevices() {
        StringBuilder text = new StringBuilder();
        for (int minor = 0; minor < 1000; minor++) {
            text.append("8:").append(minor).append(" rbytes=").append(minor).append('\n');
        }
        assertThat(parse(CgroupFile.IO_STAT, text.toString()))
                .hasSize(1000)
                .containsEntry("cgroup_io_read_bytes_total{8:999}", 999L);
    }

    @Test
    void whatAKernelAddsIsLeftOut() {
        assertThat(parse(
                        CgroupFile.CPU_STAT,
                        "core_sched.force_idle_usec 7\nusage_usec 1\nusage_usec2 2\nusage 3\nnew\n"))
                .containsExactly(entry("cgroup_cpu_usage_seconds_total", 1L));
        assertThat(parse(CgroupFile.MEMORY_PRESSURE, "some avg10=0.00 subtotal=3 total=1 sum=2\nmost total=5\n"))
                .containsExactly(entry("cgroup_pressure_waiting_seconds_total{memory}", 1L));
        assertThat(parse(CgroupFile.PIDS_CURRENT, "5 6\n7\n")).containsExactly(entry("cgroup_pids_current", 5L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-1",
                "+1",
                "1.5",
                "0x10",
                "1e3",
                "max",
                "12a",
                // 2^63, 2^64 - 1, which is a counter that went below 0, and more than any word holds.
                "9223372036854775808",
                "18446744073709551615",
                "99999999999999999999999999"
            })
    void whatIsNoNumberIsNoValue(String number) {
        assertThat(parse(CgroupFile.MEMORY_CURRENT, number + "\n")).isEmpty();
        assertThat(parse(CgroupFile.MEMORY_STAT, "anon " + number + "\nfile 5\n"))
                .containsExactly(entry("cgroup_memory_stat_bytes{file}", 5L));
        assertThat(parse(CgroupFile.IO_PRESSURE, "some total=" + number + "\n")).isEmpty();
        assertThat(parse(CgroupFile.IO_STAT, "8:0 rbytes=" + number + " wbytes=5\n"))
                .doesNotContainKey("cgroup_io_read_bytes_total{8:0}");
    }

    @Test
    void hugeNumbersAreExact() {
        assertThat(parse(CgroupFile.MEMORY_CURRENT, Long.MAX_VALUE + "\n"))
                .containsExactly(entry("cgroup_memory_current_bytes", Long.MAX_VALUE));
        assertThat(parse(CgroupFile.MEMORY_CURRENT, "000000000000000000000000000000012\n"))
                .containsExactly(entry("cgroup_memory_current_bytes", 12L));
    }

    /** Wherever a file is cut off, what is left has no number that the whole has not. */
    @ParameterizedTest
    @EnumSource(CgroupFile.class)
    void truncatedFilesHaveNoWrongNumbers(CgroupFile file) {
        byte[] whole = bytes(file);
        Map<String, Long> samples = parse(file, whole);
        for (int length = 0; length < whole.length; length++) {
            assertThat(samples).containsAllEntriesOf(parse(file, Arrays.copyOf(whole, length)));
        }
    }

    @ParameterizedTest
    @EnumSource(CgroupFile.class)
    void garbageDoesNoHarm(CgroupFile file) {
        Random random = new Random(11);
        byte[] alphabet = ALPHABET.getBytes(UTF_8);
        for (int i = 0; i < 2000; i++) {
            byte[] garbage = new byte[random.nextInt(60)];
            for (int at = 0; at < garbage.length; at++) {
                garbage[at] = alphabet[random.nextInt(alphabet.length)];
            }
            assertThat(parse(file, garbage).values()).allMatch(value -> value >= 0);
            byte[] bent = bytes(file);
            for (int bend = 0; bend < 3; bend++) {
                bent[random.nextInt(bent.length)] = (byte) random.nextInt();
            }
            assertThat(parse(file, bent).values()).allMatch(value -> value >= 0);
        }
    }

    /** Whatever was in the buffer before. */
    @Test
    void onlyWhatWasReadCounts() {
        byte[] buffer = "usage_usec 1\nuser_usec 2\n".getBytes(UTF_8);
        CgroupFileText text = new CgroupFileText();
        text.reset(buffer, 13);
        assertThat(parse(CgroupFile.CPU_STAT, text)).containsExactly(entry("cgroup_cpu_usage_seconds_total", 1L));
    }

    /** Label values are keys, resources or devices; values as the file has them. */
    private static Map<String, Long> parse(CgroupFile file, String text) {
        return parse(file, text.getBytes(UTF_8));
    }

    private static Map<String, Long> parse(CgroupFile file, byte[] bytes) {
        CgroupFileText text = new CgroupFileText();
        text.reset(bytes, bytes.length);
        return parse(file, text);
    }

    private static Map<String, Long> parse(CgroupFile file, CgroupFileText text) {
        CgroupfsSnapshot.Builder builder = new CgroupfsSnapshot.Builder(1);
        builder.next();
        CgroupFileParser.of(file, CgroupfsTable.TABLE).parse(text, builder);
        return samples(builder.build(StartTimes.unknown(0, 1), 0, 0));
    }

    private static Map<String, Long> samples(CgroupfsSnapshot snapshot) {
        Map<String, Long> samples = new LinkedHashMap<>();
        for (CgroupfsFamily family : CgroupfsSnapshot.families()) {
            for (int i = 0; i < family.values().size(); i++) {
                put(samples, family, family.values().get(i), snapshot.value(0, family.firstColumn() + i));
            }
            for (int entry = 0; family.isOfDevices() && entry < snapshot.entries(); entry++) {
                String device = "%d:%d".formatted(snapshot.device(entry) >> 32, (int) snapshot.device(entry));
                put(samples, family, device, snapshot.deviceValue(entry, family.firstColumn()));
            }
        }
        return samples;
    }

    private static void put(Map<String, Long> samples, CgroupfsFamily family, String label, long value) {
        if (value != CgroupfsSnapshot.ABSENT) {
            samples.put(family.name() + (label.isEmpty() ? "" : "{" + label + "}"), value);
        }
    }

    private static Map<String, Long> recorded(CgroupFile file) {
        return parse(file, bytes(file));
    }

    /** As a cgroup on Debian's kernel 7.3 had it, after reading a disk and running out of memory. */
    private static byte[] bytes(CgroupFile file) {
        try (InputStream resource = CgroupFileParserTest.class.getResourceAsStream("cgroup/" + file)) {
            return Objects.requireNonNull(resource, file.toString()).readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
