// SPDX-License-Identifier: Apache-2.0
/** How log events look. */
@NullMarked
package dev.rstat.exporter.log;

import org.jspecify.annotations.NullMarked;
