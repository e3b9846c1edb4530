// SPDX-License-Identifier: Apache-2.0
/** One reading of the kernel's totals for all who ask within its lifetime. */
@NullMarked
package dev.rstat.exporter.snapshot;

import org.jspecify.annotations.NullMarked;
