// SPDX-License-Identifier: Apache-2.0
/** Which cgroups have series of their own. */
@NullMarked
package dev.rstat.exporter.selection;

import org.jspecify.annotations.NullMarked;
