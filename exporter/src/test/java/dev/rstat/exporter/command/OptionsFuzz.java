// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.service.ListenAddress;
import dev.rstat.fuzz.FuzzTarget;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.TypeConversionException;

/** Values of options: what is taken is what it is written back as. */
public final class OptionsFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "options";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes("127.0.0.1:9752"),
                bytes("[::1]:9752"),
                bytes(":0"),
                // Was taken, and written back as what is not taken.
                bytes("[a[b]:1"),
                bytes("250ms"),
                bytes("999999999m"),
                bytes("1ms,10ms,0.1s,1e-3us"),
                bytes("999999999e99"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Override
    public void run(byte[] input) {
        String text = new String(input, UTF_8);
        ListenAddress address = null;
        try {
            address = ListenAddress.parse(text);
        } catch (IllegalArgumentException said) {
            FuzzTarget.require(String.valueOf(said.getMessage()).startsWith("'"), "%s: %s".formatted(text, said));
        }
        if (address != null) {
            FuzzTarget.require(address.port() >= 0 && address.port() <= 65_535, "a port that is none");
            FuzzTarget.require(
                    ListenAddress.parse(address.toString()).equals(address),
                    "%s is written %s".formatted(text, address));
        }
        try {
            Duration duration = new WebOptions.DurationConverter().convert(text);
            FuzzTarget.require(!duration.isNegative() && duration.toMillis() >= 0, "a time that is none");
        } catch (TypeConversionException said) {
            // So it shall be.
        }
        try {
            WebOptions.ClassicBucketsConverter converter = new WebOptions.ClassicBucketsConverter();
            ClassicBuckets buckets = converter.convert(text);
            FuzzTarget.require(
                    buckets.bounds().stream().allMatch(bound -> bound > 0 && Double.isFinite(bound)),
                    "a bound that is none");
        } catch (TypeConversionException said) {
            // So it shall be.
        }
    }
}
