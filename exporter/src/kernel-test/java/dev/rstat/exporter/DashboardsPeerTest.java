// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.rstat.collectors.LoadedCollectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dashboards and rules, by a real Prometheus that scrapes a service while the demo runs, and by its promtool. */
@Tag("peer")
class DashboardsPeerTest {
    private static final Path DASHBOARDS = InstalledCommand.share("dashboards");
    private static final Path RULES = DASHBOARDS.resolve("rules");

    /**
     * What the demo does not do, or this host does not have: no IO, no network, no want of memory, no lock that is waited for; collectors
     * that need fentry; the kernel's own files of controllers that are not on cgroup2; run times of programs.
     */
    private static final Pattern MAY_BE_EMPTY =
            Pattern.compile("cgroup_(blockio|network|tcp|oom|reclaim|mmap_lock|kernel_lock"
                    + "|page_fault|fsync|dirty|memory|pids|process_signal)|resource=\"(memory|io)|otlp|bpf_program");

    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    @Test
    void theyAreWhatTheGeneratorWrites() throws IOException {
        InstalledCommand.execute(List.of(DASHBOARDS.resolve("generate").toString(), "--check"))
                .assertDone();
    }

    @Test
    void alertsFireWhenTheyShouldAndOnlyThen() throws IOException {
        String promtool = Peers.path("prometheus", "promtool").toString();
        InstalledCommand.execute(List.of(
                        promtool,
                        "check",
                        "rules",
                        RULES.resolve("recording.yml").toString(),
                        RULES.resolve("alerts.yml").toString()))
                .assertDone();
        InstalledCommand.execute(List.of(
                        promtool, "test", "rules", RULES.resolve("tests.yml").toString()))
                .assertDone();
    }

    /** Its tests say when it fires and when not, and the runbook what to do. */
    @Test
    void eachAlertHasTestsAndASectionOfTheRunbook() throws IOException {
        String tests = Files.readString(RULES.resolve("tests.yml"));
        String runbook = Files.readString(DASHBOARDS.resolve("runbook.md"));
        List<String> alerts = Files.readAllLines(RULES.resolve("alerts.yml")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("- alert: "))
                .map(line -> line.substring("- alert: ".length()))
                .toList();
        assertThat(alerts).hasSizeGreaterThan(5).allSatisfy(alert -> {
            assertThat(tests)
                    .contains("alertname: %s, exp_alerts: []".formatted(alert))
                    .contains("alertname: %s\n        exp_alerts:\n          - exp_labels".formatted(alert))
                    .contains("dashboards/runbook.md#" + alert.toLowerCase(Locale.ROOT));
            assertThat(runbook).contains("\n## %s\n".formatted(alert));
        });
    }

    /** Whether Prometheus stores native histograms or classic ones. */
    @ParameterizedTest
    @ValueSource(strings = {"--enable-feature=native-histograms", "--log.level=warn"})
    void eachQueryIsAnsweredWhileTheDemoRuns(String option, @TempDir Path folder) throws Exception {
        Process demo = new ProcessBuilder(InstalledCommand.command("demo"))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        try (RunningService service = RunningService.started();
                RunningPrometheus prometheus = RunningPrometheus.scraping(
                        service,
                        folder,
                        List.of(RULES.resolve("recording.yml"), RULES.resolve("alerts.yml")),
                        option)) {
            prometheus.await(
                    "the demo's numbers", "rate(cgroup_context_switches_total{cgroup=\"/rstat-demo/batch\"}[10s]) > 0");
            TreeMap<String, Integer> empty = new TreeMap<>();
            int answered = 0;
            for (String query : queries()) {
                String asked = query.replace("$__rate_interval", "10s")
                        .replace("$instance", "127.0.0.1:" + service.port())
                        .replace("$parent", "/rstat-demo")
                        .replace("$cgroup", "/rstat-demo/batch");
                assertThat(asked).doesNotContain("$");
                if (MAY_BE_EMPTY.matcher(asked).find()) {
                    empty.put(asked, prometheus.series(asked));
                } else {
                    prometheus.await(query, asked);
                    answered++;
                }
            }
            System.out.printf(
                    "dashboards: %d queries with answers, %d more that may have none here and %d do%n",
                    answered,
                    empty.size(),
                    empty.values().stream().filter(series -> series > 0).count());
            assertThat(answered).isGreaterThan(40);
            for (String recorded : recorded()) {
                if (!MAY_BE_EMPTY.matcher(recorded).find() && !recorded.startsWith("namespace")) {
                    prometheus.await(recorded, recorded);
                }
            }
        } finally {
            demo.destroy();
            demo.waitFor();
        }
    }

    /** Of each panel of each dashboard. */
    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        try (Stream<Path> files = Files.list(DASHBOARDS.resolve("grafana"))) {
            files.sorted().forEach(file -> {
                try (JsonParser json = new JsonFactory().createParser(Files.readAllBytes(file))) {
                    while (json.nextToken() != null) {
                        if (json.currentToken() == JsonToken.FIELD_NAME
                                && json.currentName().equals("expr")) {
                            queries.add(json.nextTextValue());
                        }
                    }
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
        return queries;
    }

    private static List<String> recorded() throws IOException {
        return Files.readAllLines(RULES.resolve("recording.yml")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("- record: "))
                .map(line -> line.substring("- record: ".length()))
                .toList();
    }
}
