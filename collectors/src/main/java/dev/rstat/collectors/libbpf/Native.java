// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import dev.rstat.RstatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Finds the two libraries, once, and turns their errors into words. */
public final class Native {
    /** bpf_obj_get_opts and the -errno conventions are of 1.0; Debian 12 has 1.1, which is what all is tested with. */
    private static final int NEEDED_MAJOR = 1;

    private static final int NEEDED_MINOR = 1;

    private Native() {}

    private static final class C {
        static final LibC LIBRARY = load(LibC.class, "c");
    }

    private static final class Bpf {
        static final LibBpf LIBRARY = checkedVersion(loadBpf());
    }

    public static LibC c() {
        return C.LIBRARY;
    }

    /**
     * @throws RstatException if libbpf is missing or too old
     */
    public static LibBpf bpf() {
        try {
            return Bpf.LIBRARY;
        } catch (ExceptionInInitializerError failure) {
            if (failure.getCause() instanceof RstatException told) {
                throw told;
            }
            throw failure;
        }
    }

    private static <T> T load(Class<T> type, String name) {
        // jnr-ffi asks for the options as a map, and then wants to own it.
        return LibraryLoader.loadLibrary(type, Map.<LibraryOption, Object>of(LibraryOption.LoadNow, true), name);
    }

    private static LibBpf loadBpf() {
        // The name without a version belongs to the development package; running needs only the library itself.
        String name = System.getProperty("rstat.libbpf", "libbpf.so.1");
        try {
            return load(LibBpf.class, name);
        } catch (UnsatisfiedLinkError missing) {
            throw new RstatException(
                    "libbpf is missing (%s: %s); install it: apt-get install libbpf1"
                            .formatted(name, firstLine(String.valueOf(missing.getMessage()))),
                    missing);
        }
    }

    static LibBpf checkedVersion(LibBpf library) {
        int major = library.libbpf_major_version();
        int minor = library.libbpf_minor_version();
        if (major < NEEDED_MAJOR || (major == NEEDED_MAJOR && minor < NEEDED_MINOR)) {
            throw new RstatException(
                    "libbpf is too old (%d.%d, needed is %d.%d); install a newer one: apt-get install libbpf1"
                            .formatted(major, minor, NEEDED_MAJOR, NEEDED_MINOR));
        }
        return library;
    }

    static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /** The error of the last call on this thread that failed with a NULL pointer or -1. */
    public static int errno() {
        return LastError.getLastError(Runtime.getSystemRuntime());
    }

    /**
     * @param error an errno, of either sign
     */
    public static String describe(int error) {
        return "%s (errno %d)".formatted(c().strerror(Math.abs(error)), Math.abs(error));
    }

    /** A path as the C library wants it: its bytes and a zero. */
    public static byte[] bytes(Path path) {
        byte[] text = path.toString().getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(text, text.length + 1);
    }

    /**
     * Zeroed memory for one of libbpf's option structs, its first field, the size, filled in.
     *
     * @param size of the struct as far as this project uses it; the tail stays zero, as libbpf demands
     */
    static Pointer options(int size) {
        Pointer options = jnr.ffi.Memory.allocateDirect(Runtime.getSystemRuntime(), size, true);
        options.putLong(0, size);
        return options;
    }
}
