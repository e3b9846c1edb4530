// SPDX-License-Identifier: Apache-2.0
/** Pushes snapshots to an OpenTelemetry receiver: OTLP over HTTP or gRPC, sent by the OpenTelemetry SDK's senders. */
@NullMarked
package dev.rstat.exporter.otlp;

import org.jspecify.annotations.NullMarked;
