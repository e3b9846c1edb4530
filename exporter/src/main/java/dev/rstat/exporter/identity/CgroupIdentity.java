// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

/**
 * What a cgroup stands for. Whatever is not known is the empty string.
 *
 * <p>A cgroup below a container's own belongs to that container; where containers are nested, to the innermost.
 *
 * @param unit the deepest systemd unit on its path that is no slice, as {@code systemctl} writes it: {@code cron.service}
 * @param slice the deepest systemd slice on its path
 * @param runtime what runs the container, by its own name; empty where there is none, or the path does not tell which it is
 * @param containerId 64 hexadecimal digits; for those runtimes that have no such ids, the name
 * @param containerName of a Kubernetes container the one in the pod's specification
 * @param podUid as Kubernetes writes it, with dashes
 * @param podName of a Kubernetes pod
 * @param podNamespace of a Kubernetes pod
 * @param qosClass {@code Guaranteed}, {@code Burstable} or {@code BestEffort}, as in a pod's status
 */
public record CgroupIdentity(
        String unit,
        String slice,
        String runtime,
        String containerId,
        String containerName,
        String podUid,
        String podName,
        String podNamespace,
        String qosClass) {
    /** Of a cgroup of which nothing is known, like the root. */
    public static final CgroupIdentity NONE = new CgroupIdentity("", "", "", "", "", "", "", "", "");

    /** The same in another container; all three empty for none. */
    public CgroupIdentity withContainer(String newRuntime, String newId, String newName) {
        return new CgroupIdentity(unit, slice, newRuntime, newId, newName, podUid, podName, podNamespace, qosClass);
    }

    /** The same with the names of its pod. */
    public CgroupIdentity withPod(String newName, String newNamespace) {
        return new CgroupIdentity(
                unit, slice, runtime, containerId, containerName, podUid, newName, newNamespace, qosClass);
    }

    /** Whether all that can have a name has one. */
    boolean isNamed() {
        return (containerId.isEmpty() || !containerName.isEmpty()) && (podUid.isEmpty() || !podName.isEmpty());
    }
}
