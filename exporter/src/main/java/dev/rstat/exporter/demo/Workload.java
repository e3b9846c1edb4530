// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import java.util.List;

/**
 * What runs in one cgroup of the demo.
 *
 * @param cgroup path below the demo's own cgroup
 * @param script what each process runs, for sh
 * @param processes how many
 */
record Workload(String cgroup, String script, int processes) {
    private static final String BUSY = "while :; do :; done";
    private static final String FORKS = "while :; do /bin/true; done";

    /** All on one CPU, so that they wait for each other: the more processes in a cgroup, the more waiting. */
    static final List<Workload> ALL = List.of(
            new Workload("web/frontend", BUSY, 1),
            new Workload("web/cgi", FORKS, 1),
            new Workload("batch/index", BUSY, 1),
            new Workload("batch/reports", BUSY, 3));

    /** The top: the demo's cgroup, below the root. */
    static final String TOP = "rstat-demo";
}
