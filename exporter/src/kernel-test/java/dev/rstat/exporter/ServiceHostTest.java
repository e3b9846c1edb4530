// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.TestCgroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the service does over real collectors, whatever the kernel. */
@Tag("host")
class ServiceHostTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @Test
    void theExporterTellsOfItself() {
        try (RunningService service = RunningService.started()) {
            Map<String, Double> scrape = service.scrape();
            Set<String> names = Set.copyOf(scrape.keySet().stream()
                    .map(series -> series.contains("{") ? series.substring(0, series.indexOf('{')) : series)
                    .toList());
            assertThat(names)
                    .contains(
                            "rstat_exporter_build_info",
                            "rstat_flush_mode",
                            "rstat_flushes_total",
                            "rstat_flush_seconds_total",
                            "rstat_snapshot_age_seconds",
                            "rstat_collector_success",
                            "rstat_collector_duration_seconds",
                            "rstat_map_entries",
                            "rstat_map_max_entries",
                            "rstat_lost_events_total",
                            "rstat_bpf_program_runs_total",
                            "rstat_bpf_program_run_seconds_total",
                            "jvm_memory_bytes_used");
            String mode = LoadedCollectors.EXPECTED_MODE.label();
            for (String collector : List.of("attach", "runqueue")) {
                assertThat(scrape)
                        .containsEntry("rstat_collector_success{collector=\"%s\",}".formatted(collector), 1.0)
                        .containsEntry(
                                "rstat_flush_mode{collector=\"%s\",mode=\"%s\",}".formatted(collector, mode), 1.0)
                        .containsEntry("rstat_lost_events_total{collector=\"%s\",}".formatted(collector), 0.0);
            }
        }
    }

    /** Of a cgroup named as docker has systemd name them. */
    @Test
    void aContainerIsRecognizedByItsCgroup() {
        String id = "0123456789abcdef".repeat(4);
        String unit = "docker-%s.scope".formatted(id);
        try (TestCgroup parent = TestCgroup.create();
                TestCgroup container = parent.child(unit);
                RunningService service = RunningService.started()) {
            assertThat(service.scrape())
                    .containsKey(
                            "cgroup_info{cgroup=\"%s\",id=\"%d\",parent=\"%s\",depth=\"2\",unit=\"%s\",runtime=\"docker\",container_id=\"%s\",}"
                                    .formatted(container.path(), container.id(), parent.path(), unit, id));
        }
    }

    /** One process that loads as root, and then cannot any more. */
    @Test
    void runGivesUpWhatItLoadedWith() {
        try (RunningService service = RunningService.started("run")) {
            service.assertHasNoPrivilege();
            InstalledCommand.Outcome scan = InstalledCommand.execute(InstalledCommand.command("doctor", "--security"));
            System.out.println(scan.assertDone().out());
            assertThat(scan.out())
                    .contains(
                            "tcp 127.0.0.1:" + service.port(),
                            "none but how far it has read a ring of events",
                            LoadedCollectors.PIN_ROOT + "/self");
        }
    }

    @Test
    void thePagesAnswer() {
        try (RunningService service = RunningService.started()) {
            assertThat(service.get("/").statusCode()).isEqualTo(200);
            assertThat(service.get("/").body()).contains("page/app.js");
            assertThat(service.get("/page/app.js").statusCode()).isEqualTo(200);
            assertThat(service.get("/-/healthy").statusCode()).isEqualTo(200);
            assertThat(service.get("/-/ready").statusCode()).isEqualTo(200);
            assertThat(service.get("/nothing").statusCode()).isEqualTo(404);
            assertThat(service.get("/metrics").headers().firstValue("content-type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
        }
    }

    @Test
    void insteadOfTheLivePageThereIsAPlainOne() {
        try (RunningService service = RunningService.started("serve", "--no-web.page")) {
            assertThat(service.get("/").body()).contains("href=\"/metrics\"").doesNotContain("<script");
            assertThat(service.get("/page/app.js").statusCode()).isEqualTo(404);
            assertThat(service.get("/api/frame").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aServiceThatIsToldToStopStops() {
        try (RunningService service = RunningService.started()) {
            assertThat(service.stop()).isEqualTo(143);
        }
    }

    @Test
    void theServiceGoesOnWhenTheCollectorsAreTakenAwayAndComeBack() {
        Path root = LoadedCollectors.PIN_ROOT;
        try (RunningService service = RunningService.started()) {
            InstalledCommand.run("load", "--no-collector.attach").assertDone();
            Map<String, Double> without = service.scrape();
            assertThat(without).doesNotContainKey("cgroup_attaches_total{cgroup=\"/\",}");
            assertThat(without).containsKey("cgroup_context_switches_total{cgroup=\"/\",}");
            InstalledCommand.run("load").assertDone();
            assertThat(service.scrape()).containsKey("rstat_collector_success{collector=\"attach\",}");
            assertThat(root).exists();
        }
    }
}
