// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static dev.rstat.collectors.SnapshotFixture.RUNQUEUE;
import static dev.rstat.collectors.SnapshotFixture.runqueue;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.rstat.RstatException;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.access.AccessOptions;
import dev.rstat.exporter.access.TestCertificates;
import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.selection.CgroupSelection;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in, as curl and OpenSSL see it. */
@Timeout(120)
class AccessTest {
    private static final String METRICS = "/cgroup/metrics";
    private static final String PASSWORD = "röst:at";
    private static final String HASH = BCrypt.withDefaults().hashToString(6, PASSWORD.toCharArray());
    private static final String TLS = "tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n";
    private static final String USERS = "basic_auth_users:\n  prometheus: %s\n".formatted(HASH);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    private final FakeSource source = new FakeSource(() -> new SnapshotFixture()
            .at(Instant.now())
            .cgroups("/")
            .collector(RUNQUEUE, Map.of("/", runqueue(1, 0, 1, 1)))
            .build());

    @BeforeAll
    static void makeCertificates() {
        new TestCertificates(folder)
                .signed("a", "DNS:localhost,IP:127.0.0.1")
                .signed("b", "DNS:localhost,IP:127.0.0.1")
                .signed("client", "DNS:prometheus.example")
                .signed("other", "DNS:other.example");
        Path strangers = folder.resolve("strangers");
        assertThat(strangers.toFile().mkdir()).isTrue();
        new TestCertificates(strangers).signed("client", "DNS:prometheus.example");
    }

    @Test
    void onlyTls12AndAboveIsSpoken() throws Exception {
        try (Service service = start(TLS)) {
            assertThat(service.metrics().getScheme()).isEqualTo("https");
            for (String version : new String[] {"1.2", "1.3"}) {
                assertThat(curl(service, METRICS, "--tlsv" + version, "--tls-max", version))
                        .as(version)
                        .contains("HTTP/1.1 200", "cgroup_info{", "rstat_web_config_reload_success 1.0");
            }
            for (String version : new String[] {"-tls1", "-tls1_1"}) {
                assertThat(client(service, version, "-cipher", "DEFAULT@SECLEVEL=0"))
                        .as(version)
                        .contains("alert protocol version");
            }
            assertThat(client(service, "-tls1_2")).contains("Verify return code: 0 (ok)");
            assertThat(curl("http://127.0.0.1:%d/".formatted(service.metrics().getPort())))
                    .contains("400 Bad Request: this is HTTPS; ask with https://");
        }
    }

    @Test
    void whatIsChosenOfTlsIsWhatIsSpoken() throws Exception {
        try (Service service = start(TLS + """
                  max_version: TLS12
                  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]
                  curve_preferences: [CurveP384, CurveP256]
                """)) {
            assertThat(client(service))
                    .contains("TLSv1.2, Cipher is ECDHE-ECDSA-CHACHA20-POLY1305")
                    .contains("Temp Key: ECDH, ");
            assertThat(client(service, "-tls1_3")).contains("alert protocol version");
            assertThat(client(service, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"))
                    .contains("handshake failure");
        }
    }

    @Test
    void aClientNeedsACertificateOfTheAuthorityWithAnAllowedName() throws Exception {
        try (Service service = start(TLS + """
                  client_auth_type: RequireAndVerifyClientCert
                  client_ca_file: ca.pem
                  client_allowed_sans: [prometheus.example]
                """)) {
            assertThat(curl(service, METRICS, "--cert", "client.pem", "--key", "client.key"))
                    .contains("HTTP/1.1 200");
            assertThat(curl(service, METRICS)).doesNotContain("HTTP/1.1").contains("curl: (");
            assertThat(curl(service, METRICS, "--cert", "other.pem", "--key", "other.key"))
                    .doesNotContain("HTTP/1.1")
                    .contains("curl: (");
            assertThat(curl(service, METRICS, "--cert", "strangers/client.pem", "--key", "strangers/client.key"))
                    .doesNotContain("HTTP/1.1")
                    .contains("curl: (");
            assertThat(curl(service, METRICS, "--cert", "client.pem", "--key", "client.key"))
                    .containsPattern("rstat_http_connections_closed_total\\{reason=\"tls\",} [3-9]");
        }
    }

    @Test
    void aCertificateThatMayBeGivenMustBeGoodIfVerified() throws Exception {
        String[] stranger = {"--cert", "strangers/client.pem", "--key", "strangers/client.key"};
        try (Service service = start(TLS + "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n")) {
            assertThat(curl(service, METRICS)).contains("HTTP/1.1 200");
            assertThat(curl(service, METRICS, stranger)).doesNotContain("HTTP/1.1");
        }
        try (Service service = start(TLS + "  client_auth_type: RequestClientCert\n")) {
            assertThat(curl(service, METRICS)).contains("HTTP/1.1 200");
            assertThat(curl(service, METRICS, stranger)).contains("HTTP/1.1 200");
        }
        try (Service service = start(TLS + "  client_auth_type: RequireAnyClientCert\n")) {
            assertThat(curl(service, METRICS)).doesNotContain("HTTP/1.1");
            assertThat(curl(service, METRICS, stranger)).contains("HTTP/1.1 200");
        }
    }

    @Test
    void everyPathNeedsThePassword() throws Exception {
        try (Service service = start(USERS)) {
            for (String path : new String[] {METRICS, "/", "/-/healthy", "/-/ready", "/nothing"}) {
                assertThat(curl(service, path))
                        .as(path)
                        .contains("HTTP/1.1 401", "401 Unauthorized\n")
                        .containsIgnoringCase("www-authenticate: Basic realm=")
                        .doesNotContain("rstat_", "healthy");
            }
            assertThat(curl(service, METRICS, "-X", "POST", "-d", "x")).contains("HTTP/1.1 401");
            for (String user :
                    new String[] {"prometheus:wrong", "prometheus:", ":", "nobody:" + PASSWORD, "Prometheus:" + PASSWORD
                    }) {
                assertThat(curl(service, METRICS, "-u", user)).as(user).contains("HTTP/1.1 401");
            }
            for (String header : new String[] {"Basic", "Basic ", "Basic %%%", "Bearer x", "Basic cHJvbWV0aGV1cw=="}) {
                assertThat(curl(service, METRICS, "-H", "Authorization: " + header))
                        .as(header)
                        .contains("HTTP/1.1 401");
            }
            assertThat(curl(service, METRICS, "-u", "prometheus:" + PASSWORD)).contains("HTTP/1.1 200", "cgroup_info{");
            assertThat(curl(service, "/nothing", "-u", "prometheus:" + PASSWORD))
                    .contains("HTTP/1.1 404");
        }
    }

    @Test
    void certificatesAndUsersChangeWhileConnectionsLive() throws Exception {
        Path certificate = Files.copy(folder.resolve("a.pem"), folder.resolve("now.pem"));
        Path key = Files.copy(folder.resolve("a.key"), folder.resolve("now.key"));
        String tls = TLS.replace("a.", "now.");
        try (Service service = start(tls + USERS);
                OpenConnection living = new OpenConnection(openssl(service))) {
            String request = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n"
                    .formatted(Base64.getEncoder().encodeToString(("prometheus:" + PASSWORD).getBytes(UTF_8)));
            living.process().getOutputStream().write(request.getBytes(US_ASCII));
            living.process().getOutputStream().flush();
            assertThat(new String(living.process().getInputStream().readNBytes(12), US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
            assertThat(client(service)).contains("subject=CN = a").doesNotContain("subject=CN = b");

            // First the certificate alone: broken for a moment, as it is not the key's.
            Files.write(certificate, Files.readAllBytes(folder.resolve("b.pem")));
            Thread.sleep(1100);
            assertThat(curl(service, METRICS, "-u", "prometheus:" + PASSWORD))
                    .contains("HTTP/1.1 200", "rstat_web_config_reload_success 0.0");
            Files.write(key, Files.readAllBytes(folder.resolve("b.key")));
            Files.writeString(folder.resolve("web.yml"), tls + USERS.replace("prometheus:", "other:"));
            Thread.sleep(1100);
            assertThat(client(service)).contains("subject=CN = b");
            assertThat(curl(service, METRICS, "-u", "prometheus:" + PASSWORD)).contains("HTTP/1.1 401");
            assertThat(curl(service, METRICS, "-u", "other:" + PASSWORD))
                    .contains("HTTP/1.1 200", "rstat_web_config_reload_success 1.0");

            living.process().getOutputStream().write(request.getBytes(US_ASCII));
            living.process().getOutputStream().flush();
            String rest = "";
            while (!rest.contains("HTTP/1.1 401")) {
                byte[] some = new byte[1024];
                int read = living.process().getInputStream().read(some);
                assertThat(read).as(rest).isPositive();
                rest += new String(some, 0, read, US_ASCII);
            }
        }
    }

    @Test
    void aBrokenFileAtTheStartIsSaidInOneLine() throws Exception {
        assertThatThrownBy(() -> start(USERS.replace("$2", "$9")))
                .isInstanceOf(RstatException.class)
                .message()
                .contains("web.yml, line 2", "no bcrypt hash")
                .doesNotContain("\n", HASH.substring(10));
    }

    @Test
    void answersTellBrowsersWhatToDoWithThem() throws Exception {
        try (Service service = start("http_server_config: {headers: {X-Frame-Options: deny}}\n")) {
            for (String path : new String[] {METRICS, "/", "/-/healthy", "/nothing", METRICS + "?match=x"}) {
                assertThat(curl(service, path))
                        .as(path)
                        .containsIgnoringCase("x-content-type-options: nosniff")
                        .containsIgnoringCase("content-security-policy: default-src 'none'")
                        .containsIgnoringCase("frame-ancestors 'none'")
                        .containsIgnoringCase("referrer-policy: no-referrer")
                        .containsIgnoringCase("x-frame-options: deny")
                        .doesNotContainIgnoringCase("access-control-");
                assertThat(curl(service, path, "-H", "Origin: http://evil.example"))
                        .as("%s, from elsewhere", path)
                        .doesNotContainIgnoringCase("access-control-");
            }
        }
        try (Service service = start("http_server_config: {headers: {Content-Security-Policy: sandbox}}\n")) {
            assertThat(curl(service, "/"))
                    .containsIgnoringCase("content-security-policy: sandbox")
                    .doesNotContain("default-src");
        }
    }

    @Test
    void aStrangeHostIsRefusedOnLoopback() throws Exception {
        try (Service service = start("")) {
            for (String host : new String[] {"attacker.example", "attacker.example:9752"}) {
                for (String path : new String[] {METRICS, "/", "/-/ready", "/nothing"}) {
                    assertThat(curl(service, path, "-H", "Host: " + host))
                            .contains("HTTP/1.1 403", "--web.allowed-hosts=NAME")
                            .doesNotContain("rstat_");
                }
            }
            assertThat(curl(service, METRICS, "-H", "Host: localhost:1")).contains("HTTP/1.1 200");
            assertThat(curl(service, METRICS, "--http1.0", "-H", "Host:")).contains(" 200 ");
        }
    }

    /** Those who say nothing, who say half, who drip, who begin TLS and who do not read: a scrape comes through among them. */
    @Test
    void aScrapeIsAnsweredAmongAThousandSlowClients() throws Exception {
        for (String config : new String[] {"", TLS}) {
            List<Socket> slow = new ArrayList<>();
            try (Service service = start(config)) {
                int port = service.metrics().getPort();
                for (int i = 0; i < 1000; i++) {
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                    slow.add(socket);
                    byte[] words = switch (config.isEmpty() ? i % 4 : i % 2 * 2) {
                        case 0 -> new byte[0];
                        case 1 -> "GET / HTTP/1.1\r\nHost: local".getBytes(US_ASCII);
                        case 2 -> new byte[] {0x16, 3, 1, 2, 0, 1};
                        default -> "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n".getBytes(US_ASCII);
                    };
                    socket.getOutputStream().write(words);
                }
                for (int i = 0; i < 5; i++) {
                    long start = System.nanoTime();
                    String answer = curl(service, METRICS);
                    assertThat(answer).contains("HTTP/1.1 200", "cgroup_info{");
                    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
                    assertThat(sample(answer, "rstat_http_connections")).isBetween(1.0, 512.0);
                    assertThat(sample(answer, "rstat_http_connections_closed_total{reason=\"full\",}"))
                            .isGreaterThan(100);
                }
                // What they began must be complete after ten seconds.
                Thread.sleep(10_500);
                String answer = curl(service, METRICS);
                assertThat(sample(answer, "rstat_http_connections")).isLessThan(5);
                assertThat(sample(answer, "rstat_http_connections_closed_total{reason=\"request_timeout\",}"))
                        .isGreaterThan(100);
            } finally {
                for (Socket socket : slow) {
                    socket.close();
                }
            }
        }
    }

    /** All places are taken by who asks for much and reads nothing: the one that has taken nothing for longest gives its up. */
    @Test
    void aScrapeIsAnsweredAmongThoseWhoDoNotRead() throws Exception {
        // More than the kernel's buffers hold.
        List<String> paths = new ArrayList<>(List.of("/"));
        Map<String, long[]> words = new HashMap<>();
        for (int i = 0; i < 12_000; i++) {
            paths.add("/service-%d.scope".formatted(i));
            words.put(paths.getLast(), runqueue(i, 1, i * 1_000_003L, 0, 1, 2, 3));
        }
        Snapshot large = new SnapshotFixture()
                .at(Instant.now())
                .cgroups(paths.toArray(String[]::new))
                .collector(RUNQUEUE, words)
                .build();
        source.next = () -> large;
        SSLContext tls = trusting();
        for (String config : new String[] {"", TLS}) {
            List<Socket> sockets = new ArrayList<>();
            try (Service service = start(config, 32)) {
                for (int i = 0; i < 70; i++) {
                    if (config.isEmpty()) {
                        sockets.add(unread(new Socket(), service));
                    } else {
                        sockets.add(unread(tls.getSocketFactory().createSocket(), service));
                    }
                }
                long start = System.nanoTime();
                String answer = curl(service, METRICS + "?match=/");
                assertThat(answer).contains("HTTP/1.1 200", "cgroup_info{");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
                assertThat(sample(answer, "rstat_http_connections")).isLessThanOrEqualTo(32);
                assertThat(sample(answer, "rstat_http_connections_closed_total{reason=\"stalled\",}"))
                        .isGreaterThan(30);
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }
    }

    private static Socket unread(Socket socket, Service service) throws IOException {
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), service.metrics().getPort()));
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(METRICS)
                        .getBytes(US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        return socket;
    }

    private static SSLContext trusting() throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(folder.resolve("ca.pem"))) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private static double sample(String answer, String name) {
        return answer.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private Service start(String config) throws IOException {
        return start(config, AccessOptions.DEFAULT_MAX_CONNECTIONS);
    }

    private Service start(String config, int maxConnections) throws IOException {
        Path file = Files.writeString(folder.resolve("web.yml"), config);
        return Service.start(
                new ServiceOptions(
                        new ListenAddress("127.0.0.1", 0),
                        new AccessOptions(Optional.of(file), maxConnections, List.of()),
                        METRICS,
                        Duration.ZERO,
                        CgroupSelection.all(),
                        ClassicBuckets.DEFAULT,
                        false,
                        Optional.empty()),
                () -> source,
                List.of("runqueue"),
                List.of());
    }

    private String curl(Service service, String path, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.add(service.metrics().resolve(path).toString());
        return curl(arguments.toArray(String[]::new));
    }

    /** Headers, body and complaints. */
    private String curl(String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sSi", "-g", "--max-time", "10", "--cacert", "ca.pem"));
        command.addAll(List.of(more));
        return said(command);
    }

    /** What OpenSSL's client says of a connection. */
    private String client(Service service, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + service.metrics().getPort(),
                "-CAfile",
                "ca.pem"));
        command.addAll(List.of(more));
        return said(command);
    }

    private String said(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }

    private record OpenConnection(Process process) implements AutoCloseable {
        @Override
        public void close() {
            process.destroy();
        }
    }

    private Process openssl(Service service) throws IOException {
        return new ProcessBuilder(
                        "openssl",
                        "s_client",
                        "-quiet",
                        "-no_ign_eof",
                        "-connect",
                        "127.0.0.1:" + service.metrics().getPort())
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
