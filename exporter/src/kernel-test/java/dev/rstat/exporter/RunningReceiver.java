// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real receiver of OTLP: an OpenTelemetry Collector that writes what it accepts into a file, or VictoriaMetrics. */
final class RunningReceiver implements AutoCloseable {
    private final Process process;
    private final int port;

    private RunningReceiver(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * @param protocol http or grpc
     * @param folder gets {@code received}: the messages, each after its length in four bytes
     */
    static RunningReceiver collector(String protocol, int port, Path folder) throws IOException {
        return collector(protocol, port, folder, "");
    }

    /** The same for those who trust its certificate, over TLS. */
    static RunningReceiver collector(String protocol, int port, Path folder, SelfSigned certificate)
            throws IOException {
        return collector(
                protocol,
                port,
                folder,
                ", tls: {cert_file: \"%s\", key_file: \"%s\"}".formatted(certificate.certificate(), certificate.key()));
    }

    private static RunningReceiver collector(String protocol, int port, Path folder, String tls) throws IOException {
        Path configuration = Files.writeString(
                folder.resolve("collector.yaml"), """
                receivers: {otlp: {protocols: {%s: {endpoint: "127.0.0.1:%d"%s}}}}
                exporters: {file: {path: "%s", format: proto, flush_interval: 100ms}}
                service:
                  telemetry: {metrics: {level: none}}
                  pipelines: {metrics: {receivers: [otlp], exporters: [file]}}
                """.formatted(protocol, port, tls, folder.resolve("received")));
        return started(folder, port, Peers.path("otelcol", "otelcol"), "--config=" + configuration);
    }

    static RunningReceiver victoriaMetrics(Path folder) throws IOException {
        int port = RunningService.freePort();
        return started(
                folder,
                port,
                Peers.path("victoria-metrics", "victoria-metrics"),
                "-storageDataPath=" + folder.resolve("data"),
                "-httpListenAddr=127.0.0.1:" + port,
                // What arrived a moment ago counts, too.
                "-search.latencyOffset=0s",
                "-memory.allowedBytes=128MB");
    }

    private static RunningReceiver started(Path folder, int port, Path program, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(options));
        return new RunningReceiver(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start(),
                port);
    }

    int port() {
        return port;
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
