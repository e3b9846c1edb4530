// SPDX-License-Identifier: Apache-2.0
/** A small tree of cgroups with running workloads, and a live view of what is counted for it. */
@NullMarked
package dev.rstat.exporter.demo;

import org.jspecify.annotations.NullMarked;
