// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.live;

/**
 * One number of each cgroup that people sort and colour by. Like all that is shown it is of the cgroup's subtree.
 *
 * <p>Of a loaded collector every field is one or more, from its schema alone, so those of a user's own collector are there too:
 *
 * <ul>
 *   <li>a counter, its rate: {@code context_switches} of {@code cgroup_context_switches_total};
 *   <li>a gauge or largest value, itself: {@code runqueue_longest_wait};
 *   <li>a histogram, four: {@code runqueue_latency}, the rate of the sum, which of times is time waited in a second by all tasks together;
 *       {@code runqueue_latency.count}, observations per second; {@code runqueue_latency.p50} and {@code .p99}, of the interval's
 *       observations;
 *   <li>a counter split by another cgroup, the rate of the whole: {@code delayed_by}; see {@link Split}.
 * </ul>
 *
 * <p>Keys are the metrics' names without {@code cgroup_}, {@code _seconds} and {@code _total}, then the values of their labels:
 * {@code blockio_device.read.p99}. Where that is taken the whole name is used. Of the kernel's own files there are some that say most:
 * {@code cpu}, {@code memory}, {@code io_bytes}, {@code pressure.cpu}.
 *
 * @param key the same as long as the collector's fields are
 * @param title a few words
 * @param unit of its values
 * @param help one sentence
 * @param collector whose it is
 */
public record Stat(String key, String title, Unit unit, String help, String collector) {}
