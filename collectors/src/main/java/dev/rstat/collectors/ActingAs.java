// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * While open, this thread of a root process has another user's rights to files, and makes files that are that user's.
 *
 * <p>For directories that others may write: between a look and a deed they can put a link to anywhere in the place of what was looked at,
 * and root would follow it.
 */
final class ActingAs implements AutoCloseable {
    private static final int NOBODY = 65534;

    private final boolean root;

    private ActingAs(int uid, int gid) {
        this.root = ProcessPrivileges.isRoot();
        if (root) {
            // fsuid last: without it there is no right to change the other.
            Native.c().setfsgid(gid);
            Native.c().setfsuid(uid);
        }
    }

    /** The service's user, whom the loader gave {@code cgroups/} to; its group may read what is pinned. */
    static ActingAs serviceOf(PinRoot root) {
        try {
            return new ActingAs((int) Files.getAttribute(root.cgroups(), "unix:uid"), (int)
                    Files.getAttribute(root.cgroups(), "unix:gid"));
        } catch (IOException gone) {
            throw new RstatException("cannot look at %s: %s".formatted(root.cgroups(), gone.getMessage()), gone);
        }
    }

    /** Whoever owns a directory. */
    static ActingAs ownerOf(Path directory) {
        try {
            return new ActingAs((int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS), NOBODY);
        } catch (IOException gone) {
            throw new RstatException("cannot look at %s: %s".formatted(directory, gone.getMessage()), gone);
        }
    }

    @Override
    public void close() {
        if (root) {
            Native.c().setfsuid(0);
            Native.c().setfsgid(0);
        }
    }
}
