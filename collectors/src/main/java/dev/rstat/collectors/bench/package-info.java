// SPDX-License-Identifier: Apache-2.0
/** Measures what collectors, flushes and result stores cost. */
@NullMarked
package dev.rstat.collectors.bench;

import org.jspecify.annotations.NullMarked;
