// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import dev.rstat.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A file of OpenTelemetry's properties: taken or refused, and its secrets not shown. */
public final class OtlpConfigurationFuzz implements FuzzTarget {
    /** They name files, and which one is for whoever writes the configuration to say. */
    private static final Set<String> FILES = Set.of("certificate", "client.key", "client.certificate", "config.file");

    /** The SDK's, which has a word on everything it refuses; kept, as loggers are forgotten with their levels. */
    private static final Logger SDK = Logger.getLogger("io.opentelemetry");

    static {
        SDK.setLevel(Level.OFF);
    }

    @Override
    public String name() {
        return "otlp-config";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes("endpoint=http://localhost:4318\nheaders=a=b,c=d\ntimeout=10s\n"),
                bytes("metrics.endpoint=https://user:secret@host:4318/v1/metrics\ncompression=none\n"),
                bytes("endpoint=http://localhost:4317\nprotocol=grpc\nmetrics.temporality.preference=delta\n"),
                // No host's name, so to java.net.URI neither is there a user: the password was shown.
                bytes("endpoint=http://user:secret@otel_collector:4318\n"),
                bytes("endpoint=http://a@b@c:4318\n"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Override
    public int longest() {
        return 256;
    }

    @Override
    public void run(byte[] input) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(new String(input, UTF_8)));
        } catch (IllegalArgumentException said) {
            return; // Properties' own word for a broken escape, which OtlpOptions catches.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> file = new HashMap<>();
        properties.forEach((name, value) -> {
            String property = "otel.exporter.otlp." + name;
            if (FILES.stream().noneMatch(property::endsWith)) {
                file.put(property, (String) value);
            }
        });
        try {
            OtlpConfiguration.read(Map.of(), file, Map.of()).ifPresent(configuration -> {
                configuration.sender().close();
                String shown = configuration.endpoint().toString();
                int slashes = shown.indexOf("//");
                String authority =
                        slashes < 0 ? shown : shown.substring(slashes + 2).split("[/?#]", 2)[0];
                FuzzTarget.require(authority.indexOf('@') < 0, "it shows who logs in: " + shown);
                FuzzTarget.require(configuration.interval().isPositive(), "no time from push to push");
            });
        } catch (RstatException said) {
            FuzzTarget.require(String.valueOf(said.getMessage()).startsWith("OTLP: "), "no word of OTLP: " + said);
        }
    }
}
