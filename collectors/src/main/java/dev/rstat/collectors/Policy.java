// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Pin;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who may do what with the programs that stats files are made from: what is granted, and nothing else. Whoever reads a file, and whoever
 * makes one where the kernel has BPF LSM, is asked about at that moment: a grant that is taken back is so at once. Grants outlive loads
 * and end with {@code rstat unload}.
 *
 * <p>Root and the service's user are granted everything, and nobody else may change grants than root. All may read them.
 */
public final class Policy {
    private final PinRoot root;

    /**
     * @throws RstatException if nothing is loaded there
     */
    public Policy(Path pinRoot) {
        this(new PinRoot(pinRoot));
        if (!Files.exists(PolicyLoad.grants(root))) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(root.path()));
        }
    }

    Policy(PinRoot root) {
        this.root = root;
    }

    /** All of them, sorted. */
    public List<Grant> grants() {
        try (BpfMap map = new BpfMap(Pin.getReadOnly(PolicyLoad.grants(root)))) {
            List<Grant> grants = new ArrayList<>();
            for (ByteBuffer key : map.keys()) {
                ByteBuffer value = GrantKey.emptyValue();
                if (map.lookup(key, value)) {
                    grants.add(GrantKey.grant(key, value));
                }
            }
            grants.sort(Comparator.comparing(Grant::toString));
            return grants;
        }
    }

    /**
     * Adds to what is granted.
     *
     * @throws RstatException if there is no such collector, or no room
     */
    public void grant(Grant grant) {
        Loader.requireRoot("granting", "rstat policy grant");
        grant.program().ifPresent(this::checkProgram);
        locked(map -> {
            ByteBuffer value = GrantKey.emptyValue();
            Set<Operation> operations = EnumSet.copyOf(grant.operations());
            if (map.lookup(GrantKey.of(grant), value)) {
                operations.addAll(GrantKey.operations(value));
            }
            map.put(
                    GrantKey.of(grant),
                    GrantKey.value(new Grant(grant.subject(), grant.program(), operations, grant.seen())));
        });
    }

    private void checkProgram(String program) {
        if (!root.loaded().contains(program)) {
            throw new RstatException(
                    "no collector `%s` is loaded; there are: %s".formatted(program, String.join(", ", root.loaded())));
        }
    }

    /**
     * Takes operations back from what one grant gave.
     *
     * @throws RstatException if it gave none of them
     */
    public void revoke(Grant grant) {
        Loader.requireRoot("revoking", "rstat policy revoke");
        locked(map -> {
            ByteBuffer value = GrantKey.emptyValue();
            Set<Operation> left = EnumSet.noneOf(Operation.class);
            if (map.lookup(GrantKey.of(grant), value)) {
                left.addAll(GrantKey.operations(value));
            }
            if (!left.removeAll(grant.operations())) {
                throw new RstatException(
                        "there is no such grant: %s; see rstat policy list, a grant for all programs is revoked for all"
                                .formatted(grant));
            }
            if (left.isEmpty()) {
                map.remove(GrantKey.of(grant));
            } else {
                map.put(
                        GrantKey.of(grant),
                        GrantKey.value(new Grant(grant.subject(), grant.program(), left, grant.seen())));
            }
        });
    }

    /**
     * Takes back all that was granted to somebody.
     *
     * @return how many grants that were
     */
    public int revokeAll(Subject subject) {
        List<Grant> theirs = grants().stream()
                .filter(grant -> grant.subject().equals(subject))
                .toList();
        theirs.forEach(this::revoke);
        return theirs.size();
    }

    /** What is done with the map while no other loader or command changes it. */
    @FunctionalInterface
    private interface Change {
        void in(BpfMap map);
    }

    private void locked(Change change) {
        try (FileDescriptor lock = root.lockPolicy();
                BpfMap map = new BpfMap(Pin.get(PolicyLoad.grants(root)))) {
            lock.number();
            change.in(map);
        }
    }

    /** Whether the kernel asks the policy when programs are taken, attached and pinned: BPF LSM does. */
    public boolean isEnforced() {
        return PolicyLoad.isAttached(root);
    }

    /**
     * An answer to whether somebody may do something.
     *
     * @param reason the grant by which, or why not
     * @param weaker what this kernel lets pass all the same; empty if nothing
     */
    public record Answer(boolean allowed, String reason, Optional<String> weaker) {}

    /**
     * Whether somebody may do something with a collector's program, and why.
     *
     * @param seen the path of a cgroup that is not the asker's, for {@link Operation#SEE}
     * @throws RstatException if no such collector is loaded
     */
    public Answer explain(Asker asker, String program, Operation operation, Optional<String> seen) {
        checkProgram(program);
        if (asker.uid() == 0) {
            return allowed("root may do everything");
        }
        if (asker.uid() == root.serviceUid()) {
            return allowed("the service's user may do everything with these programs");
        }
        Optional<Cgroup> shown = seen.map(Cgroups::id).flatMap(Cgroups::find);
        Optional<Grant> by = grants().stream()
                .filter(grant -> asker.is(grant.subject())
                        && grant.isAbout(program)
                        && grant.operations().contains(operation)
                        && (operation != Operation.SEE
                                || shown.filter(cgroup -> isBelow(cgroup, grant))
                                        .isPresent()))
                .findFirst();
        if (by.isEmpty()) {
            return new Answer(
                    false,
                    "nothing grants it",
                    isEnforced() || operation == Operation.ITER_CREATE || operation == Operation.SEE
                            ? Optional.empty()
                            : Optional.of(
                                    "nothing keeps them from it either but file modes: BPF LSM does not enforce the policy here; what files show is decided all the same"));
        }
        return operation == Operation.OBJ_GET && !root.isDelegatedTo(asker)
                ? new Answer(
                        false,
                        "granted by `%s`, but file modes forbid it: rstat load --files-group names a group they are not in"
                                .formatted(by.get()),
                        Optional.empty())
                : allowed("granted by `%s`".formatted(by.get()));
    }

    private static Answer allowed(String reason) {
        return new Answer(true, reason, Optional.empty());
    }

    private static boolean isBelow(Cgroup cgroup, Grant grant) {
        for (Cgroup at = cgroup; at != null; at = at.parent()) {
            if (at.id() == grant.seen().orElse(0)) {
                return true;
            }
        }
        return false;
    }
}
