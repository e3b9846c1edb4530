// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table holds together, and its names keep to Prometheus' conventions. */
class CgroupfsFamilyTest {
    private static final List<CgroupfsFamily> FAMILIES = CgroupfsSnapshot.families();

    @Test
    void noFamilyIsThereTwiceAndNoNumberBelongsToTwo() {
        assertThat(FAMILIES).extracting(CgroupfsFamily::name).doesNotHaveDuplicates();
        assertThat(CgroupfsTable.TABLE.columns()).doesNotHaveDuplicates();
        assertThat(CgroupfsTable.TABLE.deviceColumns()).doesNotHaveDuplicates();
    }

    @Test
    void everyColumnBelongsToAFamily() {
        HashSet<Integer> columns = new HashSet<>();
        HashSet<Integer> deviceColumns = new HashSet<>();
        for (CgroupfsFamily family : FAMILIES) {
            if (family.isOfDevices()) {
                deviceColumns.add(family.firstColumn());
            }
            for (int i = 0; i < family.values().size(); i++) {
                columns.add(family.firstColumn() + i);
            }
        }
        assertThat(columns).hasSize(CgroupfsTable.TABLE.columns().size());
        assertThat(deviceColumns).hasSize(CgroupfsTable.TABLE.deviceColumns().size());
    }

    @Test
    void noFileIsReadForNothing() {
        assertThat(CgroupfsTable.TABLE.columns())
                .extracting(CgroupfsTable.Source::file)
                .containsOnly(
                        EnumSet.complementOf(EnumSet.of(CgroupFile.IO_STAT)).toArray(CgroupFile[]::new));
    }

    @Test
    void namesSayUnitAndType() {
        for (CgroupfsFamily family : FAMILIES) {
            assertThat(family.name()).matches("cgroup_[a-z]+(_[a-z]+)*");
            assertThat(family.help()).endsWith(".");
            assertThat(family.name().contains("_seconds")).isEqualTo(family.scale() == 6);
            assertThat(family.isOfDevices()).isEqualTo(family.values().isEmpty());
            assertThat(family.values()).doesNotHaveDuplicates();
        }
        assertThat(FAMILIES.stream().filter(family -> !family.isCounter()))
                .extracting(CgroupfsFamily::name)
                .containsExactly(
                        "cgroup_memory_current_bytes",
                        "cgroup_memory_stat_bytes",
                        "cgroup_pids_current",
                        "cgroup_pids_max",
                        "cgroup_descendants",
                        "cgroup_dying_descendants");
    }
}
