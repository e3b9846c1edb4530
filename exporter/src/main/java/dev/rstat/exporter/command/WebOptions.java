// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.exporter.service.ListenAddress;
import dev.rstat.exporter.service.ServiceOptions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What {@code serve} and {@code run} can be told about the service. Names as exporters have them. */
final class WebOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = "--web.listen-address",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:9752",
            converter = ListenAddressConverter.class,
            description = "Where to listen; `:9752` is every address of the host. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    ListenAddress listenAddress;

    @Option(
            names = "--web.telemetry-path",
            paramLabel = "PATH",
            defaultValue = "/metrics",
            description = "Where the metrics are. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    String telemetryPath;

    @Option(
            names = "--snapshot.max-age",
            paramLabel = "TIME",
            defaultValue = "250ms",
            converter = DurationConverter.class,
            description = "Scrapes within this time share one reading of the kernel. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    Duration maxAge;

    ServiceOptions options() {
        try {
            return new ServiceOptions(listenAddress, telemetryPath, maxAge);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The same as arguments of {@code rstat serve}. */
    List<String> arguments() {
        return List.of(
                "--web.listen-address=" + listenAddress,
                "--web.telemetry-path=" + telemetryPath,
                "--snapshot.max-age=" + maxAge.toMillis() + "ms");
    }

    static final class ListenAddressConverter implements ITypeConverter<ListenAddress> {
        @Override
        public ListenAddress convert(String text) {
            try {
                return ListenAddress.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    /** As Prometheus writes durations, as far as they make sense here. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m)");

        @Override
        public Duration convert(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException("'%s' is no time; write 250ms, 2s or 1m".formatted(text));
            }
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                default -> Duration.ofMinutes(amount);
            };
        }
    }
}
