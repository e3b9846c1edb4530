// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * The directories that others than root may write: {@code cgroups/} and that of the socket, which are the service user's, and
 * {@code users/}. What is below them is removed acting as who owns it.
 */
final class SharedDirectories {
    private static final int CLEAR_ATTEMPTS = 100;
    private static final long CLEAR_PAUSE_NANOSECONDS = 20_000_000;

    private final PinRoot root;

    SharedDirectories(PinRoot root) {
        this.root = root;
    }

    /** Makes what is the service's to write its user's. What another user's service left there goes. */
    void giveToService(ServiceUser user) {
        give(root.cgroups(), user);
        give(root.sockets(), user);
    }

    private static void give(Path directory, ServiceUser user) {
        try {
            PinRoot.directory(directory);
            if ((int) Files.getAttribute(directory, "unix:uid") != user.uid()) {
                clear(directory);
                Files.setAttribute(directory, "unix:uid", user.uid());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        PinRoot.permit(directory, "rwxr-xr-x", user.gid());
    }

    /** Lets the members of a group make files, each in a directory of its own. */
    void giveUsersTo(int group) {
        PinRoot.directory(root.users());
        PinRoot.permit(root.users(), "rwxr-xr-x", group);
        // Writable and sticky in one step: nobody removes what is another's.
        Pin.permit(root.users(), 01775);
    }

    void removeUsers() {
        remove(root.users(), this::clearUsers);
    }

    /** All three. */
    void remove() {
        remove(root.sockets(), () -> clear(root.sockets()));
        remove(root.cgroups(), () -> clear(root.cgroups()));
        removeUsers();
    }

    private static void clear(Path directory) {
        if (PinRoot.isDirectory(directory)) {
            try (ActingAs _ = ActingAs.ownerOf(directory)) {
                PinRoot.children(directory).forEach(PinRoot::deleteAll);
            }
        }
    }

    private void clearUsers() {
        // From here on nobody makes a directory in it.
        if (PinRoot.isDirectory(root.users())) {
            PinRoot.permit(root.users(), "rwxr-xr-x", 0);
        }
        for (Path user : PinRoot.children(root.users())) {
            clear(user);
            PinRoot.delete(user);
        }
    }

    /** What others were about to make when this began may be made meanwhile. Where a container has it mounted, it stays, empty. */
    private static void remove(Path directory, Runnable clear) {
        if (MountTable.isMountPoint(directory)) {
            clear.run();
            return;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                clear.run();
                PinRoot.delete(directory);
                return;
            } catch (UncheckedIOException failure) {
                if (!(failure.getCause() instanceof DirectoryNotEmptyException) || attempt == CLEAR_ATTEMPTS) {
                    throw failure;
                }
                LockSupport.parkNanos(CLEAR_PAUSE_NANOSECONDS);
            }
        }
    }
}
