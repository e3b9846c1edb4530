// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemTest {
    @TempDir
    private Path folder;

    @Test
    void keysAreReadInEveryFormThatOpensslWrites() {
        TestCertificates made = new TestCertificates(folder)
                .signed("rsa", "DNS:localhost", List.of("-newkey", "rsa:2048"))
                .signed("ec", "DNS:localhost")
                .signed("ed", "DNS:localhost", List.of("-newkey", "ed25519"));
        made.openssl("rsa", "-in", "rsa.key", "-traditional", "-out", "rsa.pkcs1");
        made.openssl("ec", "-in", "ec.key", "-out", "ec.sec1");
        assertThat(made.text("rsa.pkcs1")).contains("BEGIN RSA PRIVATE KEY");
        assertThat(made.text("ec.sec1")).contains("BEGIN EC PRIVATE KEY");
        for (String name : List.of("rsa.key", "rsa.pkcs1", "ec.key", "ec.sec1", "ed.key")) {
            String certificate = name.substring(0, name.indexOf('.')) + ".pem";
            assertThat(Pem.belong(
                            new Pem(name, made.text(name)).key(),
                            new Pem(certificate, made.text(certificate))
                                    .certificates()
                                    .getFirst()))
                    .as(name)
                    .isTrue();
        }
        assertThat(Pem.belong(
                        new Pem("", made.text("rsa.key")).key(),
                        new Pem("", made.text("ec.pem")).certificates().getFirst()))
                .isFalse();
    }

    @Test
    void aChainHasAllOfItAndTextBetweenDoesNoHarm() {
        TestCertificates made = new TestCertificates(folder).signed("a", "DNS:localhost");
        String text = made.openssl("x509", "-text", "-in", "a.pem");
        assertThat(new Pem("", text + "\nwho signed it:\n" + made.text("ca.pem")).certificates())
                .hasSize(2);
    }

    @Test
    void whatIsWrongIsSaidWithItsCureAndWithoutTheKey() {
        TestCertificates made = new TestCertificates(folder).signed("a", "DNS:localhost");
        made.openssl("pkey", "-in", "a.key", "-aes256", "-passout", "pass:x", "-out", "encrypted");
        String key = made.text("a.key");
        String body = key.lines().skip(1).findFirst().orElseThrow();
        assertFails(made.text("encrypted"), "F: the key is encrypted", "openssl pkey -in FILE -out NEW");
        assertFails(made.text("a.pem"), "F: there is no private key in it");
        assertFails("", "F: there is no private key in it");
        assertFails(key.replace(body, body.substring(8)), "F: the key cannot be read");
        assertFails(key.replace(body, body.substring(1)), "F:");
        assertFails("-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----", "F: the key cannot be read");
        assertThatThrownBy(() -> new Pem("F", key).certificates())
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("F: there is no `-----BEGIN CERTIFICATE-----` in it");
        assertThatThrownBy(() -> new Pem("F", made.text("a.pem").replaceFirst("MII", "MIA")).certificates())
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("F: certificate 1 cannot be read");
    }

    private static void assertFails(String text, String... parts) {
        assertThatThrownBy(() -> new Pem("F", text).key())
                .isInstanceOf(RstatException.class)
                .message()
                .contains(parts)
                .doesNotContainPattern("[A-Za-z0-9+/]{20}");
    }
}
