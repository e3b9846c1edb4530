// SPDX-License-Identifier: Apache-2.0
/** What people look at: the statistics of each cgroup over one interval, made of two snapshots. */
@NullMarked
package dev.rstat.exporter.live;

import org.jspecify.annotations.NullMarked;
