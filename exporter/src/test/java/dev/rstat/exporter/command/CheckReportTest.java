// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Check;
import dev.rstat.collectors.Check.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckReportTest {
    private static final Check FOUND = new Check("kernel BTF", true, Status.FOUND, "/sys/kernel/btf/vmlinux", "", "");
    private static final Check LACKING = new Check(
            "fentry",
            false,
            Status.MISSING,
            "refused",
            "walk mode: a flush costs time for every cgroup and every CPU, whether or not anything has changed there",
            "another kernel");
    private static final Check FATAL =
            new Check("cgroup2", true, Status.MISSING, "not mounted", "nothing works", "mount it");
    private static final Check UNKNOWN =
            new Check("BPF LSM", true, Status.UNKNOWN, "only root can try", "\"quoted\" <cost>", "sudo rstat doctor");

    @Test
    void theTableShowsCostAndCureOfWhatIsNotThere() {
        assertThat(CheckReport.table(List.of(FOUND, LACKING))).isEqualTo("""
                        FEATURE     STATUS   DETAIL
                        kernel BTF  found    /sys/kernel/btf/vmlinux
                        fentry      missing  refused
                                             cost: walk mode: a flush costs time for every cgroup and every CPU, whether or
                                             not anything has changed there
                                             cure: another kernel
                        """);
    }

    @Test
    void noLineIsWiderThanATerminal() {
        Check wordy = new Check(
                "x".repeat(30), false, Status.MISSING, "word ".repeat(60), "word ".repeat(60), "word ".repeat(60));
        assertThat(CheckReport.table(List.of(wordy)).lines())
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void whatIsFatalIsSaidToBe() {
        assertThat(CheckReport.table(List.of(FATAL))).contains("not mounted (rstat cannot run without it)");
        assertThat(CheckReport.canRun(List.of(FOUND, LACKING, UNKNOWN))).isTrue();
        assertThat(CheckReport.canRun(List.of(FOUND, FATAL))).isFalse();
    }

    @Test
    void jsonHasTheSame() {
        assertThat(CheckReport.json(List.of(UNKNOWN))).isEqualTo("""
                        {
                          "canRun" : true,
                          "checks" : [ {
                            "name" : "BPF LSM",
                            "required" : true,
                            "status" : "unknown",
                            "detail" : "only root can try",
                            "cost" : "\\"quoted\\" <cost>",
                            "cure" : "sudo rstat doctor"
                          } ]
                        }
                        """);
    }
}
