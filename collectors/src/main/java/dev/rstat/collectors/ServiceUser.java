// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Native;
import jnr.ffi.Pointer;

/** The unprivileged user that the service runs as, whose group may read what the loader pins. */
public record ServiceUser(String name, int uid, int gid) {
    /** Offsets in {@code struct passwd}. */
    private static final int PW_UID = 16;

    private static final int PW_GID = 20;

    /**
     * @param name a user of this system
     * @throws RstatException if there is no such user, or it is root
     */
    public static ServiceUser of(String name) {
        Pointer entry = Native.c().getpwnam(name);
        if (entry == null) {
            throw new RstatException(
                    "there is no user `%s`; make it (useradd --system --no-create-home --shell /usr/sbin/nologin %s) or name another with --user"
                            .formatted(name, name));
        }
        ServiceUser user = new ServiceUser(name, entry.getInt(PW_UID), entry.getInt(PW_GID));
        if (user.uid() == 0) {
            throw new RstatException("the service does not run as root; name an unprivileged user with --user");
        }
        return user;
    }
}
