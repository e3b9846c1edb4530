// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code rstat serve} of the distribution, started as root, on a port of its own. */
final class RunningService implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);

    private static final String SERVES = "serving http";

    private final CountDownLatch serves = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> command;
    private final Process process;
    private final int port;

    private RunningService(List<String> command, int port) {
        this.command = command;
        this.port = port;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Thread.ofPlatform().daemon().start(this::follow);
    }

    /** Until it ends or is killed: passes on what it says, and sees when it says that it serves. */
    private void follow() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                System.out.println(line);
                if (line.contains(SERVES)) {
                    serves.countDown();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            serves.countDown();
        }
    }

    /** Returns at once; nothing may answer yet. */
    static RunningService start() {
        return start("serve");
    }

    private static RunningService start(String subcommand, String... options) {
        int port = freePort();
        return new RunningService(serve(port, subcommand, options), port);
    }

    private static List<String> serve(int port, String subcommand, String... options) {
        List<String> arguments = new ArrayList<>(
                List.of(subcommand, "--web.listen-address=127.0.0.1:" + port, "--snapshot.max-age=0ms"));
        arguments.addAll(List.of(options));
        return InstalledCommand.command(arguments.toArray(String[]::new));
    }

    /** Returns when it can serve. */
    static RunningService started() {
        return started("serve");
    }

    /**
     * @param subcommand serve or run
     */
    static RunningService started(String subcommand, String... options) {
        return start(subcommand, options).awaitReady();
    }

    /**
     * {@code rstat serve} after a shell command, in a mount namespace of its own: the host as it might be elsewhere. Returns when it can
     * serve, of which it may have no way to tell.
     */
    static RunningService startedAfter(String preparation, String... options) {
        int port = freePort();
        String serve = String.join(" ", serve(port, "serve", options));
        RunningService service = new RunningService(
                List.of("unshare", "--mount", "sh", "-c", "%s && exec %s".formatted(preparation, serve)), port);
        try {
            Await.until("the service is ready", START, service::isReady);
            return service;
        } catch (AssertionError notReady) {
            service.close();
            throw notReady;
        }
    }

    /** The same command once more, on the same port: a restart, once this one has ended. */
    RunningService again() {
        return new RunningService(command, port).awaitReady();
    }

    /** {@code rstat serve}, returns when it says that it serves: over TLS, or to whom knows the password. */
    static RunningService serving(String... options) {
        RunningService service = start("serve", options);
        try {
            service.awaitServing();
            return service;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private void awaitServing() throws InterruptedException {
        assertThat(serves.await(START.toSeconds(), TimeUnit.SECONDS))
                .as("%s serves", command)
                .isTrue();
    }

    private RunningService awaitReady() {
        try {
            // Not asked before it says so: in a guest each question takes time that its start needs.
            awaitServing();
            Await.until("the service is ready", START, this::isReady);
            return this;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        } catch (AssertionError notReady) {
            close();
            throw notReady;
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new AssertionError("the service ended with status " + process.exitValue());
        }
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (UncheckedIOException notYet) {
            if (notYet.getCause() instanceof ConnectException) {
                return false;
            }
            throw notYet;
        }
    }

    HttpResponse<String> get(String path) {
        return get(path, "*/*");
    }

    /**
     * @param accept the header
     */
    HttpResponse<String> get(String path, String accept) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
                .header("Accept", accept)
                .timeout(Duration.ofSeconds(60))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** A scrape's samples: name and labels, as they are written, to value. */
    Map<String, Double> scrape() {
        return ScrapeText.samples(get("/metrics").body());
    }

    /** No user, group or capability that could do more than any other user, and no way to gain one; and yet it serves. */
    void assertHasNoPrivilege() {
        Map<String, String> status = ProcessStatus.of(process.pid());
        for (String ids : List.of("Uid", "Gid")) {
            // Real, effective, saved and for the file system.
            assertThat(List.of(Objects.requireNonNull(status.get(ids)).split("\\s+", -1)))
                    .hasSize(4)
                    .doesNotContain("0");
        }
        assertThat(status.get("Groups")).isEmpty();
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
            assertThat(status).containsEntry(set, "0000000000000000");
        }
        assertThat(status).containsEntry("NoNewPrivs", "1");
        assertThat(scrape()).containsKey("cgroup_info{cgroup=\"/\",id=\"1\",depth=\"0\",}");
    }

    /** How many it has open. */
    long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/%d/fd".formatted(process.pid())))) {
            return open.count();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Bytes of memory that it holds. */
    long resident() {
        String kibibytes =
                Objects.requireNonNull(ProcessStatus.of(process.pid()).get("VmRSS"));
        return Long.parseLong(kibibytes.replace(" kB", "").strip()) * 1024;
    }

    int port() {
        return port;
    }

    /**
     * @param name as kill(1) has it: STOP, CONT
     */
    void signal(String name) {
        InstalledCommand.execute(List.of("kill", "-" + name, Long.toString(process.pid())))
                .assertDone();
    }

    /** SIGKILL, and returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM; returns the status it ended with. */
    int stop() {
        process.destroy();
        return awaitEnd();
    }

    private int awaitEnd() {
        try {
            return process.waitFor();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void close() {
        client.close();
        kill();
    }
}
