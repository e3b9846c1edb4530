// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An authority and what it signs, made by OpenSSL when they are needed, so that none expires in a checkout. */
public final class TestCertificates {
    private final Path folder;

    /** An authority called {@code ca}: ca.pem and ca.key. */
    public TestCertificates(Path folder) {
        this.folder = folder;
        openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test authority",
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem");
    }

    /**
     * NAME.pem, signed by the authority, and NAME.key.
     *
     * @param alternativeName as in {@code DNS:localhost,IP:127.0.0.1}
     */
    public TestCertificates signed(String name, String alternativeName) {
        return signed(name, alternativeName, List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"));
    }

    TestCertificates signed(String name, String alternativeName, List<String> key) {
        List<String> arguments = new ArrayList<>(List.of("req", "-x509"));
        arguments.addAll(key);
        arguments.addAll(List.of(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-addext",
                "subjectAltName=" + alternativeName,
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-keyout",
                name + ".key",
                "-out",
                name + ".pem"));
        openssl(arguments.toArray(String[]::new));
        return this;
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    String text(String name) {
        try {
            return Files.readString(file(name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** In the folder. */
    public String openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", command, said).isZero();
            return said;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
