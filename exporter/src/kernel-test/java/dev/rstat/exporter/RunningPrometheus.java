// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import dev.rstat.collectors.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A real Prometheus, Debian's package, that scrapes a service each second. */
final class RunningPrometheus implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final PrometheusQueries queries;

    private RunningPrometheus(Process process, PrometheusQueries queries) {
        this.process = process;
        this.queries = queries;
    }

    /**
     * Returns when it has scraped.
     *
     * @param folder an empty one
     */
    static RunningPrometheus scraping(RunningService service, Path folder, String... options) throws IOException {
        return scraping(service, folder, List.of(), options);
    }

    /**
     * @param how settings of the job, as lines of YAML, beside its targets
     */
    static RunningPrometheus scrapingSo(String how, RunningService service, Path folder) throws IOException {
        return scraping(service, folder, List.of(), how, new String[0]);
    }

    /**
     * @param rules files that it evaluates each second
     */
    static RunningPrometheus scraping(RunningService service, Path folder, List<Path> rules, String... options)
            throws IOException {
        return scraping(service, folder, rules, "", options);
    }

    private static RunningPrometheus scraping(
            RunningService service, Path folder, List<Path> rules, String how, String... options) throws IOException {
        Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: [%s]
                scrape_configs:
                  - job_name: rstat
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                %s
                """.formatted(
                        rules.stream().map("\"%s\""::formatted).collect(Collectors.joining(", ")),
                        service.port(),
                        how.indent(4)));
        int port = RunningService.freePort();
        List<String> command = new ArrayList<>(List.of(
                Peers.path("prometheus", "prometheus").toString(),
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port));
        command.addAll(List.of(options));
        RunningPrometheus prometheus = new RunningPrometheus(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start(),
                new PrometheusQueries(port));
        prometheus.await("the target is up", "up{job=\"rstat\"} == 1");
        return prometheus;
    }

    /** Returns when the query has an answer, with numbers or with histograms. */
    void await(String what, String query) {
        Await.until(what, PATIENCE, () -> queries.series(query) > 0);
    }

    /** How many series a query has. */
    int series(String query) {
        return queries.series(query);
    }

    double value(String query) {
        return queries.value(query);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
