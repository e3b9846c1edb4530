// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.exporter.access.AccessOptions;
import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.selection.CgroupSelection;
import dev.rstat.exporter.service.ListenAddress;
import dev.rstat.exporter.service.ServiceOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What {@code serve} and {@code run} can be told about the service. Names as exporters have them. */
final class WebOptions {
    private static final String HISTORY = "--web.page.history";
    private static final String CONFIG_FILE = "--web.config.file";
    private static final String MAX_CONNECTIONS = "--web.max-connections";
    private static final String ALLOWED_HOSTS = "--web.allowed-hosts";
    private static final Duration SHORTEST_HISTORY = Duration.ofSeconds(10);

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
            names = CONFIG_FILE,
            paramLabel = "FILE",
            description = {
                "TLS and passwords, in the format of Prometheus' exporter toolkit: tls_server_config, basic_auth_users, http_server_config.",
                "Read again when it or a file it names changes. Must be readable by the service's user. Default: none, plain HTTP for whoever can connect."
            })
    @Nullable Path configFile;

    @Option(
            names = MAX_CONNECTIONS,
            paramLabel = "N",
            defaultValue = "" + AccessOptions.DEFAULT_MAX_CONNECTIONS,
            description = {
                "Connections at a time. Where there are as many, a new one takes the place of the oldest that waits for its client.",
                "Default: ${DEFAULT-VALUE}."
            })
    int maxConnections;

    @Option(
            names = ALLOWED_HOSTS,
            paramLabel = "NAME",
            split = ",",
            description = {
                "Names by which the service is asked for, separated by commas, beside addresses, localhost and the one of --web.listen-address. Others are refused.",
                "Default: on loopback none, elsewhere any."
            })
    List<String> allowedHosts = List.of();

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

    @Option(
            names = "--histogram.classic-buckets",
            paramLabel = "BOUNDS",
            defaultValue = "default",
            converter = ClassicBucketsConverter.class,
            description = {
                "Buckets of latency histograms in the text formats, as times: `1ms,10ms,100ms,1s`, each rounded to the next power of two of a second."
                        + " Every one is a series of every histogram of every cgroup; +Inf comes by itself, `all` is all 32. Native histograms and OTLP have all anyway.",
                "Default: 15us to 1s in steps of four."
            })
    @SuppressWarnings("NullAway.Init")
    ClassicBuckets classicBuckets;

    @Option(
            names = "--openmetrics.created",
            description = {
                "Say in OpenMetrics since when each sample counts, in samples of their own (_created).",
                "Off by default: a Prometheus stores them as series, twice as many then. Protobuf and OTLP always say it."
            })
    boolean created;

    @Option(names = "--web.page", description = "Show the live page at `/`, as is done by default.")
    boolean page;

    @Option(names = "--no-web.page", description = "A plain page instead, and no readings but for scrapes and pushes.")
    boolean noPage;

    @Option(
            names = HISTORY,
            paramLabel = "TIME",
            defaultValue = "15m",
            converter = DurationConverter.class,
            description =
                    "How long the live page remembers, in at most 8 MiB: coarser where cgroups are many. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    Duration history;

    ServiceOptions options(CgroupSelection selection) {
        if (history.compareTo(SHORTEST_HISTORY) < 0) {
            throw new ParameterException(
                    spec.commandLine(), "%s is at least %ds".formatted(HISTORY, SHORTEST_HISTORY.toSeconds()));
        }
        try {
            return new ServiceOptions(
                    listenAddress,
                    new AccessOptions(Optional.ofNullable(configFile), maxConnections, allowedHosts),
                    telemetryPath,
                    maxAge,
                    selection,
                    classicBuckets,
                    created,
                    noPage ? Optional.empty() : Optional.of(history));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The same as arguments of {@code rstat serve}. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--web.listen-address=" + listenAddress,
                "--web.telemetry-path=" + telemetryPath,
                "--snapshot.max-age=" + maxAge.toMillis() + "ms",
                "--histogram.classic-buckets=" + classicBuckets,
                HISTORY + "=" + history.toMillis() + "ms",
                MAX_CONNECTIONS + "=" + maxConnections));
        if (configFile != null) {
            arguments.add(CONFIG_FILE + "=" + configFile);
        }
        if (!allowedHosts.isEmpty()) {
            arguments.add(ALLOWED_HOSTS + "=" + String.join(",", allowedHosts));
        }
        if (noPage) {
            arguments.add("--no-web.page");
        }
        if (created) {
            arguments.add("--openmetrics.created");
        }
        return arguments;
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

    static final class ClassicBucketsConverter implements ITypeConverter<ClassicBuckets> {
        private static final Pattern BOUND =
                Pattern.compile("(\\d{1,9}(?:\\.\\d{1,18})?(?:[eE]-?\\d{1,2})?)(us|ms|s|)");

        @Override
        public ClassicBuckets convert(String text) {
            return switch (text) {
                case "default" -> ClassicBuckets.DEFAULT;
                case "all" -> ClassicBuckets.ALL;
                default -> {
                    try {
                        yield new ClassicBuckets(Arrays.stream(text.split(",", -1))
                                .map(ClassicBucketsConverter::seconds)
                                .toList());
                    } catch (IllegalArgumentException e) {
                        throw new TypeConversionException(String.valueOf(e.getMessage()));
                    }
                }
            };
        }

        private static double seconds(String text) {
            Matcher matcher = BOUND.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'%s' is no bound of a bucket; write `1ms,10ms,0.1s`, or `all`".formatted(text));
            }
            double amount = Double.parseDouble(matcher.group(1));
            return switch (matcher.group(2)) {
                case "us" -> amount / 1e6;
                case "ms" -> amount / 1e3;
                default -> amount;
            };
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
