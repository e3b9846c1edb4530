// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.LoadFailure;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Puts the policy into the kernel: the map of grants, which every collector shares, and bpf/policy.bpf.c where the kernel has BPF LSM.
 * Its hooks are on the way of everybody's files, so they are there only where something is delegated.
 */
final class PolicyLoad {
    private static final String GRANTS = "grants";
    private static final String GOVERNED = "governed";

    /** How many files there are is known from when they were made. */
    private static final List<String> LASTING = List.of("files", "counted");

    private static final String LINKS = "links";

    /** {@code struct governed}. */
    private static final int GOVERNED_SIZE = GrantKey.PROGRAM_LENGTH + Long.BYTES;

    private PolicyLoad() {}

    static Path grants(PinRoot root) {
        return root.policy().resolve(GRANTS);
    }

    private static Path links(PinRoot root) {
        return root.policy().resolve(LINKS);
    }

    static boolean isAttached(PinRoot root) {
        return Files.isDirectory(links(root));
    }

    /** Before a collector is loaded: has it ask the grants that are there. None are where nothing is to be pinned. */
    static void share(PinRoot root, BpfObject object) {
        if (Files.exists(grants(root))) {
            try (FileDescriptor grants = Pin.get(grants(root))) {
                object.reuse(GRANTS, grants.number());
            }
        }
    }

    /**
     * Makes the map of grants unless it is there, and grants everything to the group that files are newly delegated to. What was taken
     * back from that since is not given again by the next load.
     */
    static void delegate(CollectorLoad.Target target) {
        PinRoot root = target.root();
        if (!Files.exists(grants(root))) {
            makeGrants(root);
        }
        Policy policy = new Policy(root);
        Optional<Subject> before = root.delegatedTo().map(PolicyLoad::group);
        Optional<Subject> now = target.filesGroup().isPresent()
                ? Optional.of(group(target.filesGroup().getAsInt()))
                : Optional.empty();
        if (!before.equals(now)) {
            before.ifPresent(policy::revokeAll);
            now.ifPresent(group -> policy.grant(Grant.ofFiles(group, Optional.empty(), Operation.ofFiles())));
        }
    }

    private static Subject group(int gid) {
        return new Subject(Subject.Kind.GROUP, Integer.toUnsignedLong(gid));
    }

    private static void makeGrants(PinRoot root) {
        PinRoot.directory(root.policy());
        try (BpfObject object = BpfObject.open("policy", BuiltIn.object("policy"))) {
            object.programs().forEach(program -> program.setAutoload(false));
            object.maps().stream().filter(map -> !map.equals(GRANTS)).forEach(object::leaveOut);
            object.load();
            Pin.pin(object.mapFd(GRANTS), grants(root));
        }
        PinRoot.permit(grants(root), "r--r--r--", 0);
    }

    /** Enforces the policy for the programs that are loaded now, if there is something to enforce and the kernel can. */
    static void load(CollectorLoad.Target target, int quota, Consumer<String> progress) {
        PinRoot root = target.root();
        if (target.filesGroup().isEmpty()) {
            PinRoot.deleteAll(links(root));
            return;
        }
        Optional<String> refusal = Probe.LSM.refusal();
        if (refusal.isEmpty()) {
            try {
                attach(target, quota);
                progress.accept("policy: enforced by BPF LSM");
                return;
            } catch (LoadFailure refused) {
                refusal = Optional.of(refused.summary());
            }
        }
        PinRoot.deleteAll(links(root));
        progress.accept(
                "policy: what files show is as granted; who takes, attaches and pins the programs, and how often, is left to"
                        + " file modes, for BPF LSM is refused: " + refusal.orElse(""));
    }

    private static void attach(CollectorLoad.Target target, int quota) {
        PinRoot root = target.root();
        try (BpfObject object = BpfObject.open("policy", BuiltIn.object("policy"))) {
            for (Btf.Variable constant : object.constants()) {
                switch (constant.name()) {
                    case "rstat_service_uid" ->
                        object.setConstant(constant, bytes(target.user().uid(), Integer.BYTES));
                    case "rstat_device" -> object.setConstant(constant, bytes(device(root), Integer.BYTES));
                    case "rstat_quota" -> object.setConstant(constant, bytes(quota, Long.BYTES));
                    default -> {}
                }
            }
            share(root, object);
            boolean there =
                    LASTING.stream().allMatch(map -> Files.exists(root.policy().resolve(map)));
            if (there) {
                for (String map : LASTING) {
                    try (FileDescriptor pinned = Pin.get(root.policy().resolve(map))) {
                        object.reuse(map, pinned.number());
                    }
                }
            }
            object.load();
            if (!there) {
                for (String map : LASTING) {
                    Path pin = root.policy().resolve(map);
                    PinRoot.deleteAll(pin);
                    Pin.pin(object.mapFd(map), pin);
                    PinRoot.permit(pin, "r--------", 0);
                }
            }
            govern(root, object);
            PinRoot.directory(links(root), "rwx------");
            for (BpfProgram program : object.programs()) {
                Path pin = links(root).resolve(program.name());
                // The new one first: what two count is counted once.
                try (BpfLink link = program.attach()) {
                    PinRoot.deleteAll(pin);
                    Pin.pin(link.fd(), pin);
                }
            }
        }
    }

    /** Says which programs are ours, and whose. */
    private static void govern(PinRoot root, BpfObject object) {
        try (BpfMap governed = new BpfMap(new FileDescriptor(object.mapFd(GOVERNED), false))) {
            for (String collector : root.loaded()) {
                Path place = root.collector(collector);
                for (Path link : PinRoot.children(place.resolve("links"))) {
                    governLink(governed, collector, link);
                }
                governLink(governed, collector, place.resolve("flush"));
                governLink(governed, collector, root.self().resolve(collector));
                governLink(governed, collector, root.ancestors().resolve(collector));
                try (FileDescriptor program = Pin.get(place.resolve("file"))) {
                    govern(governed, collector, BpfProgram.idOf(program), true);
                }
            }
        }
    }

    private static void governLink(BpfMap governed, String collector, Path pin) {
        try (FileDescriptor link = Pin.get(pin)) {
            govern(governed, collector, BpfLink.programOf(link), false);
        }
    }

    private static void govern(BpfMap governed, String collector, int id, boolean delegated) {
        governed.put(
                BpfMap.buffer(Integer.BYTES).putInt(0, id),
                BpfMap.buffer(GOVERNED_SIZE)
                        .put(0, GrantKey.program(collector))
                        .putLong(GrantKey.PROGRAM_LENGTH, delegated ? 1 : 0));
    }

    /** The number that the kernel has for the file system's device: system calls write the same number in another way. */
    private static int device(PinRoot root) {
        try {
            long device = (long) Files.getAttribute(root.path(), "unix:dev");
            // The major number of a file system without a disk is 0.
            return (int) ((device & 0xff) | ((device >> 12) & 0xfff00));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static byte[] bytes(long number, int size) {
        ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        return (size == Long.BYTES ? bytes.putLong(number) : bytes.putInt((int) number)).array();
    }
}
