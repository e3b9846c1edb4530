// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * The kernel's run statistics of one BPF program. Runs and time grow only while {@code kernel.bpf_stats_enabled} is 1.
 *
 * @param collector the collector it belongs to
 * @param program its name in the C file
 * @param misses runs skipped because the program was already running on that CPU
 */
public record ProgramStats(String collector, String program, long runs, long nanoseconds, long misses) {}
