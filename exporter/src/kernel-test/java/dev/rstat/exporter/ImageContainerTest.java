// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.TestCgroup;
import dev.rstat.collectors.Workload;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;

/** The image as it is deployed, loader and service in containers of their own, with a real Prometheus and a real collector beside them. */
@Tag("container")
class ImageContainerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path PIN_ROOT = Path.of("/run/rstat-test-image");
    private static final ImageContainers CONTAINERS = new ImageContainers(PIN_ROOT);
    private static final String SWITCHES = "cgroup_context_switches_total";
    private static final String WAIT = "cgroup_runqueue_latency_seconds";
    private static final Network NETWORK = Network.newNetwork();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static TestCgroup cgroup;

    @SuppressWarnings("NullAway.Init")
    private static GenericContainer<?> collector;

    @SuppressWarnings("NullAway.Init")
    private static GenericContainer<?> service;

    @SuppressWarnings("NullAway.Init")
    private static GenericContainer<?> prometheus;

    @BeforeAll
    static void start() throws IOException {
        CONTAINERS.runAsLoader("load");
        // Something was counted, in a cgroup in which nothing happens any more.
        cgroup = TestCgroup.create();
        try (Workload a = Workload.busy(cgroup, 0);
                Workload b = Workload.busy(cgroup, 0)) {
            Await.until("time on the CPU", PATIENCE, () -> a.runTime() + b.runTime() > 200_000_000);
        }
        collector = collector();
        service = CONTAINERS
                .service(
                        "serve",
                        "--web.listen-address=:9752",
                        "--histogram.classic-buckets=all",
                        "--otlp.interval=1s",
                        "--otlp.endpoint=http://otel-collector:4318")
                .withNetwork(NETWORK)
                .withNetworkAliases("exporter");
        service.start();
        prometheus = prometheus();
    }

    /** Writes what it accepts to where the tests can read it. */
    private static GenericContainer<?> collector() throws IOException {
        // For the user of the image, whoever that is.
        Path received = Files.createDirectory(folder.resolve("received"));
        Files.setPosixFilePermissions(received, PosixFilePermissions.fromString("rwxrwxrwx"));
        GenericContainer<?> started = new GenericContainer<>(ComposeFile.image("otel/opentelemetry-collector-contrib"));
        started.withCommand("--config=/etc/config.yaml")
                .withNetwork(NETWORK)
                .withNetworkAliases("otel-collector")
                .waitingFor(Wait.forLogMessage(".*Everything is ready.*", 1));
        ImageContainers.bind(started, received, "/received");
        ImageContainers.bind(started, file("collector.yaml", """
                receivers: {otlp: {protocols: {http: {endpoint: "0.0.0.0:4318"}}}}
                exporters: {file: {path: /received/metrics, format: proto, flush_interval: 100ms}}
                service: {pipelines: {metrics: {receivers: [otlp], exporters: [file]}}}
                """), "/etc/config.yaml");
        started.start();
        return started;
    }

    private static GenericContainer<?> prometheus() throws IOException {
        GenericContainer<?> started = new GenericContainer<>(ComposeFile.image("prom/prometheus"));
        started.withCommand("--config.file=/etc/prometheus.yml", "--storage.tsdb.path=/prometheus")
                .withNetwork(NETWORK)
                .withExposedPorts(9090)
                .waitingFor(Wait.forHttp("/-/ready").forPort(9090));
        ImageContainers.bind(started, file("prometheus.yml", """
                global: {scrape_interval: 1s}
                scrape_configs: [{job_name: rstat, static_configs: [{targets: ["exporter:9752"]}]}]
                """), "/etc/prometheus.yml");
        started.start();
        return started;
    }

    private static Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @AfterAll
    static void stop() throws IOException {
        Stream.of(prometheus, service, collector).filter(Objects::nonNull).forEach(GenericContainer::stop);
        NETWORK.close();
        cgroup.close();
        CONTAINERS.runAsLoader("unload");
        // The mount is the host's, and the loader's container only borrowed it.
        assertThat(PIN_ROOT.resolve("collectors")).doesNotExist();
        assertThat(PIN_ROOT.resolve("cgroups")).doesNotExist();
        assertThat(CONTAINERS.sockets()).isEmptyDirectory();
        assertThat(InstalledCommand.execute(List.of("umount", PIN_ROOT.toString()))
                        .status())
                .isZero();
        Files.delete(PIN_ROOT);
        Files.delete(CONTAINERS.sockets());
    }

    @Test
    void prometheusHasTheTotalsThatAreServed() throws Exception {
        PrometheusQueries queries = new PrometheusQueries(prometheus.getMappedPort(9090));
        Map<String, Double> scrape = ScrapeText.samples(scrape(service));
        for (String name : List.of(SWITCHES, WAIT + "_count", WAIT + "_sum")) {
            String query = "%s{cgroup=\"%s\"}".formatted(name, cgroup.path());
            Await.until(name, PATIENCE, () -> !queries.values(query).isEmpty());
            assertThat(queries.value(query))
                    .isEqualTo(scrape.get("%s{cgroup=\"%s\",}".formatted(name, cgroup.path())))
                    .isPositive();
        }
    }

    @Test
    void theCollectorAcceptedThem() throws Exception {
        Received received = new Received(folder.resolve("received/metrics"), cgroup.path());
        Await.until("what was pushed", PATIENCE, () -> received.last().containsKey(SWITCHES));
        Map<String, Metric> last = received.last();
        Map<String, Double> scrape = ScrapeText.samples(scrape(service));
        assertThat((double) Objects.requireNonNull(last.get(SWITCHES))
                        .getSum()
                        .getDataPoints(0)
                        .getAsInt())
                .isEqualTo(scrape.get("%s{cgroup=\"%s\",}".formatted(SWITCHES, cgroup.path())));
        assertThat((double) Objects.requireNonNull(last.get(WAIT))
                        .getExponentialHistogram()
                        .getDataPoints(0)
                        .getCount())
                .isEqualTo(scrape.get("%s_count{cgroup=\"%s\",}".formatted(WAIT, cgroup.path())));
    }

    /** It is in a container, and sees the host: all cgroups, its own among them by the id that the engine gave it. */
    @Test
    void theHostsCgroupsAreServed() throws Exception {
        String scrape = scrape(service);
        assertThat(scrape)
                .contains("cgroup_info{cgroup=\"/\",id=\"1\",depth=\"0\",}")
                .contains("container_id=\"%s\"".formatted(service.getContainerId()));
    }

    @Test
    void theServiceHasNoPrivilege() {
        assertThat(unprivileged(service)).containsEntry("CapBnd", "0000000000000000");
    }

    /**
     * CAP_BPF is in the bounding set, so that the engine lets bpf() pass, and nowhere else. Its totals are those of the first. It starts from
     * the AOT cache, without which this JVM would not.
     */
    @Test
    void asInAPodItServesTheSameTotals() throws Exception {
        String sample = "%s{cgroup=\"%s\",}".formatted(SWITCHES, cgroup.path());
        try (GenericContainer<?> second = CONTAINERS.serviceAsInAPod("serve", "--web.listen-address=:9752")) {
            second.withEnv("JDK_JAVA_OPTIONS", "-XX:AOTMode=on").start();
            assertThat(unprivileged(second)).containsEntry("CapBnd", "0000008000000000");
            assertThat(scrape(second))
                    .contains("cgroup_info{cgroup=\"/\",id=\"1\",depth=\"0\",}", second.getContainerId());
            assertThat(ScrapeText.samples(scrape(second)).get(sample))
                    .isEqualTo(ScrapeText.samples(scrape(service)).get(sample))
                    .isPositive();
        }
    }

    /** What the kernel says of a service, which can do nothing that another user could not, and cannot come to it. */
    private static Map<String, String> unprivileged(GenericContainer<?> container) {
        Map<String, String> status = ProcessStatus.of(Objects.requireNonNull(
                container.getCurrentContainerInfo().getState().getPidLong()));
        assertThat(status.get("Uid")).isEqualTo("9752\t9752\t9752\t9752");
        assertThat(status.get("Gid")).isEqualTo("9752\t9752\t9752\t9752");
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
            assertThat(status).as(set).containsEntry(set, "0000000000000000");
        }
        assertThat(status).containsEntry("NoNewPrivs", "1").containsEntry("Seccomp", "2");
        return status;
    }

    private static String scrape(GenericContainer<?> container) throws IOException, InterruptedException {
        return ScrapeText.get(container.getMappedPort(ImageContainers.PORT), "/metrics");
    }

    /** The files agent is at work: pins are made by who has no capability, in a mount that the host sees. */
    @Test
    void aNewCgroupGetsItsFiles() {
        try (TestCgroup fresh = TestCgroup.create()) {
            Path file = PIN_ROOT.resolve("cgroups" + fresh.path()).resolve("runqueue");
            Await.until(file.toString(), PATIENCE, () -> Files.exists(file));
            Await.until("its text", PATIENCE, () -> Files.readString(file).contains("switches 0"));
        }
        assertThat(CONTAINERS.sockets().resolve("socket")).exists();
    }

    /** Nothing to start but Java. */
    @Test
    void theImageHasNoShell() throws Exception {
        for (String program : List.of("sh", "/bin/sh", "/usr/bin/env")) {
            assertThat(service.execInContainer(program).getExitCode())
                    .as(program)
                    .isNotZero();
        }
        assertThat(service.execInContainer("java", "@/opt/rstat/rstat", "--version")
                        .getStdout())
                .contains("0.1.0");
    }
}
