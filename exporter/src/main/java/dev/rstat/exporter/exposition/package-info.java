// SPDX-License-Identifier: Apache-2.0
/** The text that Prometheus reads, written straight from a snapshot's words. */
@NullMarked
package dev.rstat.exporter.exposition;

import org.jspecify.annotations.NullMarked;
