// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Native;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jnr.ffi.LibraryLoader;

/** Does something as another user without starting a process: for the kernel, who makes a system call is a thread's own matter. */
public final class OtherUser {
    /** The C library's own function would change all threads. */
    public interface Calls {
        long syscall(long number, long real, long effective, long saved);
    }

    private OtherUser() {}

    /** Of a process of root; in a thread that ends with it. */
    public static <T> T does(int uid, Callable<T> what) throws InterruptedException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(() -> {
            Calls calls = LibraryLoader.create(Calls.class).load("c");
            long setresuid = System.getProperty("os.arch").equals("aarch64") ? 147 : 117;
            if (calls.syscall(setresuid, uid, uid, uid) < 0) {
                throw new AssertionError("cannot become user %d: %s".formatted(uid, Native.describe(Native.errno())));
            }
            return what.call();
        });
        Thread.ofPlatform().start(task);
        return task.get();
    }
}
