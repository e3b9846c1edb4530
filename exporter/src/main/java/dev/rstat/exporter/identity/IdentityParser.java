// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells from a cgroup's path what the cgroup stands for: walks down from the root, directory by directory, as whoever made them did, and
 * remembers the deepest of each kind that it passes. Each directory is looked at once, so the time grows with the path's length.
 *
 * <p>What makes directories, and how it names them:
 *
 * <ul>
 *   <li>systemd: {@code system.slice/cron.service}, {@link UnitName}
 *   <li>container runtimes that ask systemd for a scope: {@code docker-ID.scope}, {@code cri-containerd-ID.scope}, {@code crio-ID.scope},
 *       {@code libpod-ID.scope}; what watches the container is in {@code crio-conmon-ID.scope}
 *   <li>podman within a service of its own, as Quadlet has it: {@code libpod-payload-ID}, beside {@code runtime}, which watches
 *   <li>those that make directories themselves: {@code docker/ID}, {@code libpod_parent/libpod-ID}, {@code default/ID}
 *   <li>containerd, if it takes a name meant for systemd for a directory's: {@code system.slice:docker:ID}
 *   <li>kubelet: {@code kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podUID.slice}, in which the UID has underscores, and
 *       {@code kubepods/burstable/podUID}; guaranteed pods have no directory between; with another root,
 *       {@code kubelet.slice/kubelet-kubepods.slice} and so on
 *   <li>LXC: {@code lxc.payload.NAME}, before 4.0 {@code lxc.payload/NAME}, before 3.1 and in Proxmox {@code lxc/NAME};
 *       {@code lxc.monitor.NAME} watches
 *   <li>systemd-nspawn: {@code systemd-nspawn@NAME.service}, {@code machine-NAME.scope}
 *   <li>libvirt: {@code machine-lxc\x2dNUMBER\x2dNAME.scope}, without systemd {@code lxc-NUMBER-NAME.libvirt-lxc};
 *       {@code machine-qemu\x2d...} is a virtual machine, not a container
 * </ul>
 */
final class IdentityParser {
    static final String GUARANTEED = "Guaranteed";
    static final String BURSTABLE = "Burstable";
    static final String BEST_EFFORT = "BestEffort";

    private static final int ID_LENGTH = 64;

    /** By what stands before the id. */
    private static final Map<String, String> RUNTIMES = Map.of(
            "docker", "docker",
            "containerd", "containerd",
            "cri-containerd", "containerd",
            "nerdctl", "containerd",
            "crio", "cri-o",
            "libpod", "podman",
            "libpod-payload", "podman");

    /** Before the id of a container that a process watches. */
    private static final String MONITOR = "conmon";

    /** By the directory that has ids in it: docker's own, and containerd's for its namespaces. */
    private static final Map<String, String> RUNTIMES_OF_DIRECTORIES =
            Map.of("docker", "docker", "default", "containerd", "k8s.io", "containerd");

    private static final String KUBEPODS = "kubepods";
    private static final String POD = "pod";
    private static final Map<String, String> QOS_CLASSES = Map.of("besteffort", BEST_EFFORT, "burstable", BURSTABLE);

    private static final String LXC = "lxc";
    private static final String LXC_PAYLOAD = "lxc.payload";
    private static final String NSPAWN = "systemd-nspawn";
    private static final String NSPAWN_TEMPLATE = "systemd-nspawn@";
    private static final String MACHINE = "machine-";
    private static final String LIBVIRT_LXC = "libvirt-lxc";
    private static final String LIBVIRT_LXC_SUFFIX = "." + LIBVIRT_LXC;

    private String unit = "";
    private String slice = "";
    private String runtime = "";
    private String containerId = "";
    private String containerName = "";
    private String podUid = "";
    private String qosClass = "";

    private IdentityParser() {}

    /**
     * @param path as in /proc/PID/cgroup; anything else is no error, but may be nothing that is known
     */
    static CgroupIdentity parse(String path) {
        IdentityParser parser = new IdentityParser();
        String parent = "";
        for (int start = 0; start < path.length(); ) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            if (end > start) {
                String directory = path.substring(start, end);
                parser.enter(parent, directory);
                parent = directory;
            }
            start = end + 1;
        }
        return parser.identity();
    }

    private CgroupIdentity identity() {
        return new CgroupIdentity(unit, slice, runtime, containerId, containerName, podUid, "", "", qosClass);
    }

    private void enter(String parent, String directory) {
        String lxc = lxcName(parent, directory);
        if (lxc != null) {
            named(LXC, lxc);
            return;
        }
        int colon = directory.indexOf(".slice:");
        if (colon >= 0) {
            enterUnescapedScope(directory, colon + ".slice".length());
            return;
        }
        UnitName name = UnitName.ofDirectory(directory);
        if (name == null) {
            enterDirectory(parent, directory);
        } else if (name.type() == UnitName.Type.SLICE) {
            slice = name.toString();
            enterPodSlice(name.stem());
        } else {
            unit = name.toString();
            enterUnit(name);
        }
    }

    /** Null if it is no container's directory. */
    private static @Nullable String lxcName(String parent, String directory) {
        if (directory.length() > LXC_PAYLOAD.length() + 1 && directory.startsWith(LXC_PAYLOAD + ".")) {
            return directory.substring(LXC_PAYLOAD.length() + 1);
        }
        return parent.equals(LXC_PAYLOAD) || parent.equals(LXC) ? directory : null;
    }

    /** {@code SLICE:PREFIX:ID}, which runc makes {@code SLICE/PREFIX-ID.scope} when it is told to use systemd. */
    private void enterUnescapedScope(String directory, int end) {
        UnitName name = UnitName.ofDirectory(directory.substring(0, end));
        if (name == null) {
            return;
        }
        slice = name.toString();
        enterPodSlice(name.stem());
        int colon = directory.indexOf(':', end + 1);
        if (colon >= 0) {
            enterContainer(directory.substring(end + 1, colon), directory.substring(colon + 1));
        }
    }

    private void enterUnit(UnitName name) {
        String stem = name.stem();
        if (name.type() == UnitName.Type.SERVICE) {
            if (stem.startsWith(NSPAWN_TEMPLATE) && stem.length() > NSPAWN_TEMPLATE.length()) {
                named(NSPAWN, UnitName.unescape(stem.substring(NSPAWN_TEMPLATE.length())));
            }
        } else if (name.type() == UnitName.Type.SCOPE) {
            if (stem.startsWith(MACHINE) && stem.length() > MACHINE.length()) {
                enterMachine(UnitName.unescape(stem.substring(MACHINE.length())));
            } else {
                enterPrefixed(stem);
            }
        }
    }

    /** What registers a machine decides on its name. */
    private void enterMachine(String name) {
        String domain = libvirtDomain(name);
        if (domain != null) {
            named(LIBVIRT_LXC, domain);
        } else if (!name.startsWith("qemu-")) {
            named(NSPAWN, name);
        }
    }

    /** The domain in {@code lxc-NUMBER-DOMAIN}; null if the name is of another form. */
    private static @Nullable String libvirtDomain(String name) {
        int end = LXC.length() + 1;
        while (end < name.length() && name.charAt(end) >= '0' && name.charAt(end) <= '9') {
            end++;
        }
        boolean numbered = name.startsWith(LXC + "-") && end > LXC.length() + 1;
        return numbered && name.length() > end + 1 && name.charAt(end) == '-' ? name.substring(end + 1) : null;
    }

    private void enterDirectory(String parent, String directory) {
        if (directory.endsWith(LIBVIRT_LXC_SUFFIX)) {
            String domain = libvirtDomain(directory.substring(0, directory.length() - LIBVIRT_LXC_SUFFIX.length()));
            if (domain != null) {
                named(LIBVIRT_LXC, domain);
            }
        } else if (isId(directory)) {
            container(
                    parent.startsWith("libpod") ? "podman" : RUNTIMES_OF_DIRECTORIES.getOrDefault(parent, ""),
                    directory);
        } else if (parent.equals(KUBEPODS) && QOS_CLASSES.containsKey(directory)) {
            qosClass = QOS_CLASSES.getOrDefault(directory, "");
        } else if (directory.startsWith(POD) && parent.equals(KUBEPODS)) {
            pod(directory.substring(POD.length()), GUARANTEED);
        } else if (directory.startsWith(POD)
                && QOS_CLASSES.getOrDefault(parent, "-").equals(qosClass)) {
            pod(directory.substring(POD.length()), qosClass);
        } else {
            enterPrefixed(directory);
        }
    }

    /** The slices of kubelet repeat the names of those above. */
    private void enterPodSlice(String stem) {
        int at = stem.startsWith(KUBEPODS) ? 0 : stem.indexOf("-" + KUBEPODS) + 1;
        if (at == 0 && !stem.startsWith(KUBEPODS)) {
            return;
        }
        String rest = stem.substring(at + KUBEPODS.length());
        String qos = GUARANTEED;
        for (Map.Entry<String, String> known : QOS_CLASSES.entrySet()) {
            if (rest.startsWith("-" + known.getKey())) {
                qos = known.getValue();
                qosClass = qos;
                rest = rest.substring(1 + known.getKey().length());
                break;
            }
        }
        if (rest.startsWith("-" + POD)) {
            pod(rest.substring(1 + POD.length()).replace('_', '-'), qos);
        }
    }

    /** {@code PREFIX-ID} */
    private void enterPrefixed(String name) {
        int dash = name.length() - ID_LENGTH - 1;
        if (dash > 0 && name.charAt(dash) == '-') {
            enterContainer(name.substring(0, dash), name.substring(dash + 1));
        }
    }

    private void enterContainer(String prefix, String id) {
        if (isId(id) && !prefix.endsWith(MONITOR)) {
            container(RUNTIMES.getOrDefault(prefix, ""), id);
        }
    }

    /** A pod in a container, as where a node is one, is no part of that container any more than of the host. */
    private void pod(String uid, String qos) {
        if (!uid.isEmpty()) {
            container("", "");
            podUid = uid;
            qosClass = qos;
        }
    }

    private void container(String newRuntime, String id) {
        runtime = newRuntime;
        containerId = id;
        containerName = "";
    }

    private void named(String newRuntime, String name) {
        container(newRuntime, name);
        containerName = name;
    }

    private static boolean isId(String text) {
        if (text.length() != ID_LENGTH) {
            return false;
        }
        for (int i = 0; i < ID_LENGTH; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }
}
