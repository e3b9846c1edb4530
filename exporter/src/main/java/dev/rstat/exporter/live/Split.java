// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

import dev.rstat.collectors.Metric;

/**
 * A counter of each cgroup that is split by another: who hurts whom.
 *
 * @param key as of the {@link Stat} of its whole
 * @param title a few words
 * @param unit of the shares
 * @param help one sentence
 * @param collector whose it is
 * @param metric where it is in the collector's struct
 */
public record Split(String key, String title, Unit unit, String help, String collector, Metric metric) {}
