// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Native;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import jnr.ffi.Pointer;
import jnr.ffi.byref.IntByReference;
import org.jspecify.annotations.Nullable;

/**
 * Whom {@link Policy#explain} is asked about: somebody with these ids, in this cgroup.
 *
 * @param cgroup null: none that a grant is for
 */
public record Asker(long uid, Set<Long> gids, @Nullable Cgroup cgroup) {
    /** No user has this uid: it means "no change" to the kernel. */
    private static final long NOBODY = 0xffff_ffffL;

    private static final int MAX_GROUPS = 65_536;
    private static final int PW_NAME = 0;
    private static final int PW_GID = 20;

    public Asker {
        gids = Set.copyOf(gids);
    }

    /**
     * Somebody of whom no more is known.
     *
     * @param subject a user, with the groups that the system has for it; or anybody in a group or in a cgroup
     * @param cgroup the path of the one it runs in
     */
    public static Asker of(Subject subject, Optional<String> cgroup) {
        Set<Long> gids = new TreeSet<>();
        long uid = NOBODY;
        Optional<Cgroup> in = cgroup.map(path -> found(Cgroups.id(path)));
        switch (subject.kind()) {
            case USER -> {
                uid = subject.id();
                groups((int) uid, gids);
            }
            case GROUP -> gids.add(subject.id());
            case CGROUP -> in = Optional.of(found(subject.id()));
        }
        return new Asker(uid, gids, in.orElse(null));
    }

    private static Cgroup found(long cgroup) {
        return Cgroups.find(cgroup)
                .orElseThrow(() -> new RstatException(
                        "there is no cgroup %s; nobody is in it".formatted(Long.toUnsignedString(cgroup))));
    }

    private static void groups(int uid, Set<Long> gids) {
        Pointer entry = Native.c().getpwuid(uid);
        if (entry == null) {
            return; // a user that the system does not know, of a container say, is in no group that it knows
        }
        ByteBuffer groups = BpfMap.buffer(MAX_GROUPS * Integer.BYTES);
        IntByReference count = new IntByReference(MAX_GROUPS);
        Native.c().getgrouplist(entry.getPointer(PW_NAME).getString(0), entry.getInt(PW_GID), groups, count);
        for (int i = 0; i < count.intValue(); i++) {
            gids.add(Integer.toUnsignedLong(groups.getInt(i * Integer.BYTES)));
        }
    }

    /** Whether a grant for that subject is one for this. */
    boolean is(Subject subject) {
        return switch (subject.kind()) {
            case USER -> uid == subject.id();
            case GROUP -> gids.contains(subject.id());
            case CGROUP -> isIn(subject.id());
        };
    }

    private boolean isIn(long id) {
        for (Cgroup at = cgroup; at != null; at = at.parent()) {
            if (at.id() == id) {
                return true;
            }
        }
        return false;
    }
}
