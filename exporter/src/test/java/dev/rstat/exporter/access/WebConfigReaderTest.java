// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebConfigReaderTest {
    private static final String HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";
    private static final String TLS = "tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @BeforeAll
    static void makeCertificates() {
        new TestCertificates(folder).signed("a", "DNS:localhost").signed("b", "DNS:localhost");
    }

    @Test
    void everythingTheServiceCanDoIsRead() throws IOException {
        WebConfig read = read(TLS + """
                  client_auth_type: "RequireAndVerifyClientCert"
                  client_ca_file: ca.pem
                  client_allowed_sans: [prometheus.example, "::1"]
                  min_version: TLS12
                  max_version: TLS13
                  cipher_suites:
                  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
                  prefer_server_cipher_suites: false
                  curve_preferences: [X25519, CurveP256]
                http_server_config:
                  http2: false
                  headers:
                    X-Frame-Options: sameorigin
                    Strict-Transport-Security: max-age=31536000; includeSubDomains
                    X-XSS-Protection: ""
                basic_auth_users:
                  prometheus: %s
                  "o'hara": %s
                rate_limit:
                  interval: 0
                """.formatted(HASH, HASH.replace("$2y$", "$2b$")));
        assertThat(read.tls()).isPresent();
        assertThat(read.headers())
                .isEqualTo(Map.of(
                        "X-Frame-Options",
                        "sameorigin",
                        "Strict-Transport-Security",
                        "max-age=31536000; includeSubDomains"));
        assertThat(read.users()).containsOnlyKeys("prometheus", "o'hara").containsEntry("prometheus", HASH);
    }

    @Test
    void filesAreFoundBesideTheConfigurationAndMayBeInIt() throws IOException {
        assertThat(read(TLS).tls()).isPresent();
        assertThat(read(TLS.replace("a.pem", folder.resolve("a.pem").toString()))
                        .tls())
                .isPresent();
        String inline = "tls_server_config:\n  cert: |\n%s  key: |\n%s"
                .formatted(
                        Files.readString(folder.resolve("a.pem")).indent(4),
                        Files.readString(folder.resolve("a.key")).indent(4));
        assertThat(read(inline).tls()).isPresent();
    }

    @Test
    void nothingIsNothing() throws IOException {
        for (String text : new String[] {"", "# comment\n", "{}", "tls_server_config:\nbasic_auth_users:\n"}) {
            assertThat(read(text).tls()).isEmpty();
            assertThat(read(text).users()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            tls_config: {}                    | line 1: unknown key `tls_config`; there are: tls_server_config, http_server_config, basic_auth_users
            basic_auth_users: [a]             | line 1: basic_auth_users is made of lines like `key: value`
            just words                        | line 1: this is made of lines like `key: value`
            http_server_config: {http2: true} | line 1: HTTP/2 is not spoken here
            http_server_config: {http2: 2}    | line 1: http_server_config.http2 is true or false
            http_server_config: {headers: {Server: x}} | unknown key `Server` in http_server_config.headers; there are: Content-Security-Policy, X-Frame-Options
            http_server_config: {headers: {X-Frame-Options: maybe}} | http_server_config.headers.X-Frame-Options is deny or sameorigin
            http_server_config: {headers: {Content-Security-Policy: "a\\nb"}} | is one line of ASCII
            rate_limit: {interval: 1s, burst: 2} | requests are not limited in their rate; leave rate_limit out
            rate_limit: {often: 1s}           | unknown key `often` in rate_limit
            {a: {b: {c: {d: {e: {f: {g: {h: {i: {}}}}}}}}}} | this is no YAML
            tls_server_config: {cert_file: a.pem} | line 1: tls_server_config needs key_file
            tls_server_config: {key_file: a.key} | line 1: tls_server_config needs cert_file
            tls_server_config: {cert_file: a.pem, cert: x, key_file: a.key} | cert and cert_file: give one of them
            tls_server_config: {cert_file: gone.pem, key_file: a.key} | gone.pem is not there
            tls_server_config: {cert_file: ., key_file: a.key} | cannot be read
            tls_server_config: {cert_file: a.key, key_file: a.key} | there is no `-----BEGIN CERTIFICATE-----` in it
            tls_server_config: {cert_file: a.pem, key_file: b.key} | is not the key of the first certificate in
            tls_server_config: {cert_file: [a.pem], key_file: b.key} | tls_server_config.cert_file is a text
            """)
    void whatIsWrongIsSaid(String text, String message) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(RstatException.class).hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            min_version: TLS11        | line 4: tls_server_config.min_version: TLS 1.0 and 1.1 are broken and not offered; TLS12 or TLS13
            min_version: TLS10        | TLS 1.0 and 1.1 are broken
            max_version: SSL30        | tls_server_config.max_version is TLS12 or TLS13
            {min_version: TLS13, max_version: TLS12} | min_version is above max_version
            cipher_suites: [TLS_RSA_WITH_RC4_128_SHA] | cipher_suites: `TLS_RSA_WITH_RC4_128_SHA` is not offered here; there are: TLS_AES_
            curve_preferences: [X25519MLKEM768] | curve_preferences: `X25519MLKEM768` is not offered here; there are: CurveP256, CurveP384, CurveP521, X25519
            client_auth_type: Require | client_auth_type is NoClientCert, RequestClientCert, RequireAnyClientCert
            client_auth_type: RequireAndVerifyClientCert | RequireAndVerifyClientCert needs client_ca_file
            client_auth_type: VerifyClientCertIfGiven | VerifyClientCertIfGiven needs client_ca_file
            client_ca_file: ca.pem    | client_ca_file alone asks no client for a certificate
            client_allowed_sans: [a]  | client_allowed_sans needs client_auth_type RequireAndVerifyClientCert
            {client_auth_type: RequireAnyClientCert, client_allowed_sans: []} | client_allowed_sans is empty
            client_auth: x            | unknown key `client_auth` in tls_server_config; there are: cert_file, key_file
            cert_file: a.pem          | a key that is there already, in tls_server_config
            """)
    void soItIsOfTls(String more, String message) {
        String lines =
                more.startsWith("{") ? more.substring(1, more.length() - 1).replace(", ", "\n  ") : more;
        assertThatThrownBy(() -> read(TLS + "  " + lines + "\n"))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            basic_auth_users: {a: SECRETsecretSECRET} | no bcrypt hash
            basic_auth_users: {a: }                   | no bcrypt hash
            basic_auth_users: {a: $2x$10$SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRE} | no bcrypt hash
            basic_auth_users: {a: $2y$31$SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRE} | a hash's cost is 4 to 16, not 31
            basic_auth_users: {"a:b": SECRET}         | has no colon
            basic_auth_users: {a: "SECRET             | line 2: this is no YAML
            basic_auth_users: *SECRET                 | this is no YAML
            $2y$10$SECRETsecret: x                    | line 1: unknown key; there are:
            basic_auth_users: {a: [SECRET]}           | basic_auth_users.a is a text
            basic_auth_users: {? [SECRET] : x}        | a key is a word
            """)
    void noSecretIsShown(String text, String message) {
        assertThatThrownBy(() -> read(text + "\n"))
                .isInstanceOf(RstatException.class)
                .message()
                .contains(message)
                .doesNotContainIgnoringCase("secret")
                .doesNotContainPattern("\\$2.\\$\\d");
    }

    @Test
    void whatIsNotThereIsSaid() {
        assertThatThrownBy(() -> WebConfigReader.read(folder.resolve("none.yml"), new SeenFiles()))
                .isInstanceOf(RstatException.class)
                .hasMessageEndingWith("none.yml is not there");
    }

    private WebConfig read(String text) throws IOException {
        return WebConfigReader.read(Files.writeString(folder.resolve("web.yml"), text), new SeenFiles());
    }
}
