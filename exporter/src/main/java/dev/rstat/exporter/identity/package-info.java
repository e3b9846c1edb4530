// SPDX-License-Identifier: Apache-2.0
/** What a cgroup stands for: the systemd unit, the container, the pod, told from its path and named by what the host keeps of them. */
@NullMarked
package dev.rstat.exporter.identity;

import org.jspecify.annotations.NullMarked;
