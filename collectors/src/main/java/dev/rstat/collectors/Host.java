// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What this host offers: kernel features, rights and what is installed, found out by trying. */
public final class Host {
    private static final Path FILE_SYSTEMS = Path.of("/proc/filesystems");
    private static final Path RUN_STATISTICS = Path.of("/proc/sys/kernel/bpf_stats_enabled");
    private static final Path UNPRIVILEGED = Path.of("/proc/sys/kernel/unprivileged_bpf_disabled");
    private static final String KERNEL_CURE = "a kernel of 6.1 or later with BPF, as distributions build it";

    private Host() {}

    /** The mount point of cgroup2. */
    public static Path cgroupRoot() {
        return CgroupMount.find().path();
    }

    /** Every check, most needed first. Changes nothing. Without root some are {@link Check.Status#UNKNOWN}. */
    public static List<Check> checks(Path pinRoot, String user) {
        List<Check> checks = new ArrayList<>();
        checks.add(needed("libbpf", () -> Native.bpf().libbpf_version_string(), "nothing can be loaded or read"));
        checks.add(needed("kernel BTF", Host::kernelBtf, "nothing can be loaded"));
        checks.add(needed("cgroup2", () -> CgroupMount.find().path().toString(), "there is nothing to count for"));
        checks.add(bpffs());
        checks.add(root());
        checks.add(probe("BTF tracepoints", Probe.TRACEPOINT, true, "no collector runs", KERNEL_CURE));
        checks.add(probe("cgroup iterator", Probe.ITERATOR, true, "no flush and no stats files", KERNEL_CURE));
        checks.add(probe(
                "fentry on bpf_rstat_flush",
                Probe.RSTAT,
                false,
                "walk mode: a flush costs time for every cgroup and CPU, changed or not",
                "a kernel with CONFIG_FUNCTION_TRACER and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"));
        checks.add(functions());
        checks.add(map("task local storage", 29, true, "no run-queue latency"));
        checks.add(map("cgroup local storage", 32, false, "result store hash: more time per event and per reading"));
        checks.add(probe(
                "BPF LSM",
                Probe.LSM,
                false,
                "who takes, attaches and pins programs that are delegated is left to file modes, and no quota bounds users' files;"
                        + " what files show is decided all the same",
                "boot with bpf in lsm=, on a kernel with CONFIG_BPF_LSM=y"));
        checks.add(sysctl(
                "BPF run statistics",
                RUN_STATISTICS,
                Set.of("1"),
                "run count and time of programs stay 0",
                "sysctl kernel.bpf_stats_enabled=1 (costs some ns per run of any BPF program)"));
        checks.add(sysctl(
                "unprivileged BPF off",
                UNPRIVILEGED,
                Set.of("1", "2"),
                "any user may load BPF programs",
                "sysctl kernel.unprivileged_bpf_disabled=2"));
        checks.add(needed(
                "service user",
                () -> {
                    ServiceUser found = ServiceUser.of(user);
                    return "%s (uid %d)".formatted(found.name(), found.uid());
                },
                "the service has nobody to run as"));
        checks.add(needed("setpriv", () -> ProcessPrivileges.setpriv().toString(), "the service cannot give up root"));
        checks.add(loaded(pinRoot));
        policy(pinRoot).ifPresent(checks::add);
        checks.addAll(refused(pinRoot));
        return checks;
    }

    private static String kernelBtf() {
        KernelBtf.read();
        return "/sys/kernel/btf/vmlinux";
    }

    /** A check whose answer, or whose failure with cause and cure, is the answer of a call. */
    private static Check needed(String name, Supplier<String> call, String cost) {
        try {
            return new Check(name, true, Check.Status.FOUND, call.get(), "", "");
        } catch (RstatException missing) {
            String message = String.valueOf(missing.getMessage());
            int cure = message.indexOf("; ");
            return new Check(
                    name,
                    true,
                    Check.Status.MISSING,
                    cure < 0 ? message : message.substring(0, cure),
                    cost,
                    cure < 0 ? "" : message.substring(cure + 2));
        }
    }

    private static Check bpffs() {
        String name = "bpffs";
        try {
            return Files.readString(FILE_SYSTEMS).contains("\tbpf\n")
                    ? new Check(name, true, Check.Status.FOUND, "the kernel can mount it", "", "")
                    : new Check(
                            name,
                            true,
                            Check.Status.MISSING,
                            "not in " + FILE_SYSTEMS,
                            "nothing can be pinned",
                            KERNEL_CURE);
        } catch (IOException unreadable) {
            return new Check(
                    name,
                    true,
                    Check.Status.UNKNOWN,
                    "cannot read " + FILE_SYSTEMS,
                    "nothing can be pinned",
                    "mount /proc");
        }
    }

    private static Check root() {
        return ProcessPrivileges.isRoot()
                ? new Check("root", true, Check.Status.FOUND, "this user is root", "", "")
                : new Check(
                        "root",
                        false,
                        Check.Status.MISSING,
                        "this user is not root",
                        "cannot load, nor tell what the kernel allows; serving needs none",
                        "sudo rstat doctor");
    }

    private static Check probe(String name, Probe probe, boolean required, String cost, String cure) {
        if (!ProcessPrivileges.isRoot()) {
            return new Check(name, required, Check.Status.UNKNOWN, "only root can try", cost, "sudo rstat doctor");
        }
        Optional<String> refusal = probe.refusal();
        return refusal.map(reason -> new Check(name, required, Check.Status.MISSING, reason, cost, cure))
                .orElseGet(() -> new Check(name, required, Check.Status.FOUND, "loads and attaches", "", ""));
    }

    private static Check functions() {
        String name = "rstat functions for BPF";
        String cost = "no flush: nothing is added up";
        try {
            KernelBtf kernel = KernelBtf.read();
            List<String> found = Stream.of("css_rstat_flush", "cgroup_rstat_flush")
                    .filter(kernel::hasFunction)
                    .toList();
            return found.isEmpty()
                    ? new Check(
                            name,
                            true,
                            Check.Status.MISSING,
                            "neither css_rstat_flush nor cgroup_rstat_flush",
                            cost,
                            KERNEL_CURE)
                    : new Check(name, true, Check.Status.FOUND, String.join(", ", found), "", "");
        } catch (RstatException noBtf) {
            return new Check(name, true, Check.Status.UNKNOWN, "the kernel has no BTF", cost, KERNEL_CURE);
        }
    }

    private static Check map(String name, int type, boolean required, String cost) {
        if (!ProcessPrivileges.isRoot()) {
            return new Check(name, required, Check.Status.UNKNOWN, "only root can try", cost, "sudo rstat doctor");
        }
        int answer = Native.bpf().libbpf_probe_bpf_map_type(type, null);
        return answer == 1
                ? new Check(name, required, Check.Status.FOUND, "map type %d".formatted(type), "", "")
                : new Check(name, required, Check.Status.MISSING, "no map type %d".formatted(type), cost, KERNEL_CURE);
    }

    private static Check sysctl(String name, Path file, Set<String> wanted, String cost, String cure) {
        try {
            String value = Files.readString(file).strip();
            String detail = "%s is %s".formatted(file.getFileName(), value);
            return wanted.contains(value)
                    ? new Check(name, false, Check.Status.FOUND, detail, "", "")
                    : new Check(name, false, Check.Status.MISSING, detail, cost, cure);
        } catch (IOException unreadable) {
            return new Check(name, false, Check.Status.UNKNOWN, "cannot read " + file, cost, cure);
        }
    }

    private static Check loaded(Path pinRoot) {
        String name = "collectors loaded";
        String cost = "there is nothing to serve";
        PinRoot root = new PinRoot(pinRoot);
        if (!root.isMounted() || root.loaded().isEmpty()) {
            return new Check(name, false, Check.Status.MISSING, "none at " + pinRoot, cost, "sudo rstat load");
        }
        List<String> collectors = new ArrayList<>();
        try (CgroupDescriptors descriptors = new CgroupDescriptors(CgroupMount.find())) {
            for (String collector : root.loaded()) {
                try (PinnedCollector pinned = PinnedCollector.open(root.collector(collector), descriptors)) {
                    collectors.add("%s (%s, %s)"
                            .formatted(
                                    collector,
                                    pinned.mode().label(),
                                    pinned.store().label()));
                }
            }
        } catch (RstatException unreadable) {
            return new Check(
                    name,
                    false,
                    Check.Status.UNKNOWN,
                    String.valueOf(unreadable.getMessage()),
                    cost,
                    "sudo rstat doctor");
        }
        return new Check(name, false, Check.Status.FOUND, String.join(", ", collectors), "", "");
    }

    /** Whether the policy is enforced by more than file modes, if there is anything to enforce. */
    private static Optional<Check> policy(Path pinRoot) {
        PinRoot root = new PinRoot(pinRoot);
        if (root.delegatedTo().isEmpty()) {
            return Optional.empty();
        }
        String name = "policy";
        String delegated = "files are delegated to "
                + new Subject(Subject.Kind.GROUP, root.delegatedTo().get());
        return Optional.of(
                PolicyLoad.isAttached(root)
                        ? new Check(name, false, Check.Status.FOUND, delegated + ", enforced by BPF LSM", "", "")
                        : new Check(
                                name,
                                false,
                                Check.Status.MISSING,
                                delegated + ", and BPF LSM does not enforce the policy",
                                "what files show is as granted; grants of obj_get, link_create and obj_pin, and --files-quota, bind nobody",
                                "boot with bpf in lsm=, on a kernel with CONFIG_BPF_LSM=y, then: sudo rstat load"));
    }

    /** A check for each collector that was to be loaded and is off. */
    private static List<Check> refused(Path pinRoot) {
        return Refusals.read(new PinRoot(pinRoot)).entrySet().stream()
                .map(refusal -> new Check(
                        "collector " + refusal.getKey(),
                        false,
                        Check.Status.MISSING,
                        refusal.getValue(),
                        "its metrics; the other collectors run",
                        BuiltIn.collectors().contains(refusal.getKey())
                                ? "a kernel that has what it needs, or --no-collector.%s".formatted(refusal.getKey())
                                : "mend or remove its file, then: sudo rstat load"))
                .toList();
    }
}
