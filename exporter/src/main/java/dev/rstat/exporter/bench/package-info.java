// SPDX-License-Identifier: Apache-2.0
/** Shows what benchmarks found out: as a table, as JSON, as a plot. */
@NullMarked
package dev.rstat.exporter.bench;

import org.jspecify.annotations.NullMarked;
