// SPDX-License-Identifier: Apache-2.0
/** {@code rstat top}: what each cgroup does, on a terminal or as JSON. */
@NullMarked
package dev.rstat.exporter.top;

import org.jspecify.annotations.NullMarked;
