// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import io.prometheus.client.Collector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadedWebConfigTest {
    private static final String USER =
            "basic_auth_users: {%s: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}\n";
    private static final String TLS = "tls_server_config: {cert_file: data/tls.crt, key_file: data/tls.key}\n";
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    private final AtomicLong time = new AtomicLong();

    /** Kubernetes' way to swap a whole volume: a link to a folder. */
    @BeforeEach
    void makeVolume() throws IOException {
        TestCertificates made =
                new TestCertificates(folder).signed("a", "DNS:localhost").signed("b", "DNS:localhost");
        for (String version : new String[] {"a", "b"}) {
            Path volume = Files.createDirectory(folder.resolve("volume-" + version));
            Files.copy(made.file(version + ".pem"), volume.resolve("tls.crt"));
            Files.copy(made.file(version + ".key"), volume.resolve("tls.key"));
        }
        pointTo("volume-a");
        file = Files.writeString(folder.resolve("web.yml"), TLS + USER.formatted("a"));
    }

    private void pointTo(String volume) throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("new"), Path.of(volume));
        Files.move(link, folder.resolve("data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void aChangeIsInForceAfterASecondAndNothingIsReadMeanwhile() throws IOException {
        ReloadedWebConfig config = start();
        WebConfig before = config.get();
        Files.writeString(file, TLS + USER.formatted("b"));
        assertThat(config.get()).isSameAs(before);
        pass();
        assertThat(config.get().users()).containsOnlyKeys("b");
        WebConfig after = config.get();
        pass();
        assertThat(config.get()).isSameAs(after);
    }

    @Test
    void aVolumeThatIsSwappedIsSeen() throws IOException {
        ReloadedWebConfig config = start();
        WebConfig before = config.get();
        pointTo("volume-b");
        pass();
        assertThat(config.get()).isNotSameAs(before);
        assertThat(success(config)).isEqualTo(1);
    }

    @Test
    void aBrokenChangeLeavesWhatWasInForceUntilItIsMended() throws IOException {
        ReloadedWebConfig config = start();
        WebConfig before = config.get();
        // The certificate is there before its key.
        Files.copy(
                folder.resolve("volume-b/tls.crt"),
                folder.resolve("volume-a/tls.crt"),
                StandardCopyOption.REPLACE_EXISTING);
        pass();
        assertThat(config.get()).isSameAs(before);
        assertThat(success(config)).isZero();
        Files.copy(
                folder.resolve("volume-b/tls.key"),
                folder.resolve("volume-a/tls.key"),
                StandardCopyOption.REPLACE_EXISTING);
        pass();
        assertThat(config.get()).isNotSameAs(before);
        assertThat(success(config)).isEqualTo(1);
        Files.delete(file);
        pass();
        config.get();
        assertThat(success(config)).isZero();
        Files.writeString(file, TLS + USER.formatted("c"));
        pass();
        assertThat(config.get().users()).containsOnlyKeys("c");
    }

    @Test
    void aFileThatIsEmptyForAMomentLetsNobodyIn() throws IOException {
        ReloadedWebConfig config = start();
        for (String text : new String[] {"", TLS, USER.formatted("a")}) {
            Files.writeString(file, text);
            pass();
            assertThat(config.get().users()).as(text).isNotEmpty();
            assertThat(config.get().tls()).as(text).isPresent();
            assertThat(success(config)).as(text).isZero();
        }
    }

    @Test
    void theMetricsSayWhenItWasRead() {
        ReloadedWebConfig config = start();
        assertThat(config.metrics().stream()
                        .flatMap(metric -> metric.collect().stream())
                        .map(family -> family.name + " " + family.samples.getFirst().value))
                .containsExactly(
                        "rstat_web_config_reload_success 1.0",
                        "rstat_web_config_reload_timestamp_seconds " + (double) NOW.getEpochSecond());
    }

    @Test
    void aBrokenFileAtTheStartIsAnError() throws IOException {
        Files.writeString(file, "nonsense: 1\n");
        assertThatThrownBy(this::start).isInstanceOf(RstatException.class).hasMessageContaining("`nonsense`");
    }

    private ReloadedWebConfig start() {
        return new ReloadedWebConfig(file, time::get, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private void pass() {
        time.addAndGet(1_000_000_000);
    }

    private static double success(ReloadedWebConfig config) {
        Collector success = config.metrics().getFirst();
        return success.collect().getFirst().samples.getFirst().value;
    }
}
