// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * One of the SDK's senders, with an answer for each request. The SDK compresses, retries with back-off within the configured time, and
 * does TLS; its exporters would hide what the receiver said.
 */
final class Sender implements AutoCloseable {
    private final Transport transport;
    private final Runnable shutdown;

    private interface Transport {
        void send(MessageWriter message, Consumer<Answer> onAnswer);
    }

    private Sender(Transport transport, Runnable shutdown) {
        this.transport = transport;
        this.shutdown = shutdown;
    }

    static Sender of(HttpSender sender) {
        return new Sender(
                (message, onAnswer) -> sender.send(
                        message,
                        response -> onAnswer.accept(answer(response)),
                        failure -> onAnswer.accept(answer(failure))),
                sender::shutdown);
    }

    static Sender of(GrpcSender sender) {
        return new Sender(
                (message, onAnswer) -> sender.send(
                        message,
                        response -> onAnswer.accept(answer(response)),
                        failure -> onAnswer.accept(answer(failure))),
                sender::shutdown);
    }

    /** Returns with the answer, or when the configured time is over. */
    Answer send(ReverseProtobuf request) throws InterruptedException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        transport.send(
                new MessageWriter() {
                    @Override
                    public void writeMessage(OutputStream output) throws IOException {
                        request.writeTo(output);
                    }

                    @Override
                    public int getContentLength() {
                        return request.length();
                    }
                },
                answer::complete);
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        shutdown.run();
    }

    private static Answer answer(HttpResponse response) {
        int status = response.getStatusCode();
        if (status >= 200 && status < 300) {
            return accepted(response.getResponseBody());
        }
        String message = response.getStatusMessage();
        return new Answer.Failed(
                "HTTP status %d%s".formatted(status, message.isBlank() ? "" : " " + oneLine(message)),
                status == 400 || status == 413);
    }

    private static Answer answer(GrpcResponse response) {
        GrpcStatusCode status = response.getStatusCode();
        if (status == GrpcStatusCode.OK) {
            return accepted(response.getResponseMessage());
        }
        String message = response.getStatusDescription();
        return new Answer.Failed(
                "gRPC status %s%s"
                        .formatted(status, message == null || message.isBlank() ? "" : ": " + oneLine(message)),
                status == GrpcStatusCode.INVALID_ARGUMENT || status == GrpcStatusCode.OUT_OF_RANGE);
    }

    private static Answer accepted(byte[] response) {
        try {
            return ExportResponse.parse(response);
        } catch (IllegalArgumentException e) {
            return new Answer.Failed("the answer is none of an OTLP receiver: " + e.getMessage(), false);
        }
    }

    private static Answer answer(Throwable failure) {
        return new Answer.Failed(oneLine(failure.toString()), false);
    }

    /** In the receiver's words, which may be blanks by the hundred thousand: no expression that looks at each more than once. */
    static String oneLine(String text) {
        String line = text.strip().replaceAll("[\\s\\u0085\\u2028\\u2029]+", " ");
        return line.length() <= 200 ? line : line.substring(0, 200) + "...";
    }
}
