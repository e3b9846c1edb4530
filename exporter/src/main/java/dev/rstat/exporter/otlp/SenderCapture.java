// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets hold of the sender that the SDK makes of its configuration: certificates, headers, time-outs and all. The exporter around it gets
 * one that never sends.
 */
final class SenderCapture implements ComponentLoader, HttpSenderProvider, GrpcSenderProvider {
    private final ComponentLoader services;
    private @Nullable Captured captured;

    /** The sender and where it sends to. */
    record Captured(Sender sender, URI endpoint) {}

    SenderCapture(ComponentLoader services) {
        this.services = services;
    }

    /** Null if the configuration asks for none. */
    @Nullable Captured captured() {
        return captured;
    }

    @Override
    public <T> Iterable<T> load(Class<T> service) {
        return service == HttpSenderProvider.class || service == GrpcSenderProvider.class
                ? List.of(service.cast(this))
                : services.load(service);
    }

    @Override
    public HttpSender createSender(HttpSenderConfig config) {
        HttpSender sender =
                services.load(HttpSenderProvider.class).iterator().next().createSender(config);
        captured = new Captured(Sender.of(sender), config.getEndpoint());
        return new UnusedHttpSender();
    }

    @Override
    public GrpcSender createSender(GrpcSenderConfig config) {
        GrpcSender sender =
                services.load(GrpcSenderProvider.class).iterator().next().createSender(config);
        captured = new Captured(Sender.of(sender), config.getEndpoint());
        return new UnusedGrpcSender();
    }

    private static final class UnusedHttpSender implements HttpSender {
        @Override
        public void send(MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
            onError.accept(new IllegalStateException("the SDK's own exporter sends nothing here"));
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private static final class UnusedGrpcSender implements GrpcSender {
        @Override
        public void send(MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
            onError.accept(new IllegalStateException("the SDK's own exporter sends nothing here"));
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
