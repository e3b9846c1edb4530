// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.KernelFiles;
import dev.rstat.collectors.libbpf.LibC;
import dev.rstat.collectors.libbpf.Native;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.types.u_int32_t;

/**
 * A process of a user without privileges that makes the system calls it is told to, one a line on its standard input, and answers each
 * with a line: {@code ok} and a number, or the error's name; {@code read}: whether the file showed a cgroup.
 */
public final class Attacker implements AutoCloseable {
    private static final int ATTRIBUTES_SIZE = 128;
    private static final int READ_ONLY = 1 << 3;
    private static final int ITERATOR = 28;

    private static final Map<Integer, String> ERRORS = Map.ofEntries(
            Map.entry(1, "EPERM"),
            Map.entry(2, "ENOENT"),
            Map.entry(9, "EBADF"),
            Map.entry(13, "EACCES"),
            Map.entry(17, "EEXIST"),
            Map.entry(18, "EXDEV"),
            Map.entry(22, "EINVAL"),
            Map.entry(95, "EOPNOTSUPP"),
            Map.entry(122, "EDQUOT"));

    /** Of the process itself: its descriptors of what it was told to open. */
    private static final Set<Integer> OPENED = new HashSet<>();

    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter orders;

    /** What {@link LibC} has no need of. */
    public interface Calls {
        long syscall(long number, long command, Pointer attributes, long size);

        int mkdir(@In byte[] path, @u_int32_t int mode);

        int rmdir(@In byte[] path);

        int unlink(@In byte[] path);

        int link(@In byte[] from, @In byte[] to);

        int symlink(@In byte[] to, @In byte[] path);

        int rename(@In byte[] from, @In byte[] to);
    }

    private Attacker(Process process) {
        this.process = process;
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.orders = new PrintWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
    }

    /** A user in a cgroup, in its own group alone. */
    public static Attacker of(int uid, TestCgroup cgroup) {
        return start(uid, cgroup, "");
    }

    /** The same as root of a user namespace. */
    public static Attacker inNamespaces(int uid, TestCgroup cgroup) {
        return start(uid, cgroup, "unshare -U -r");
    }

    private static Attacker start(int uid, TestCgroup cgroup, String wrapper) {
        String command =
                "echo $$ > %s/cgroup.procs && exec setpriv --reuid=%d --regid=%d --groups %d --inh-caps=-all --no-new-privs %s %s --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s' %s"
                        .formatted(
                                cgroup.directory(),
                                uid,
                                uid,
                                uid,
                                wrapper,
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                System.getProperty("java.class.path"),
                                Attacker.class.getName());
        try {
            return new Attacker(new ProcessBuilder("sh", "-c", command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** In a cgroup, until this is closed; then with nothing open any more of what it was told to open there. */
    public record Visit(Attacker attacker, TestCgroup home) implements AutoCloseable {
        @Override
        public void close() {
            attacker.can("forget");
            home.attach(attacker.process.pid());
        }
    }

    /**
     * Has it go into a cgroup: a process of its own takes its time to start.
     *
     * @param home where it goes back to
     */
    public Visit visit(TestCgroup cgroup, TestCgroup home) {
        cgroup.attach(process.pid());
        return new Visit(this, home);
    }

    /** Has it make a call; its answer. */
    public String does(Object... order) {
        orders.println(
                String.join(" ", List.of(order).stream().map(Object::toString).toList()));
        try {
            String answer = answers.readLine();
            if (answer == null) {
                throw new AssertionError("it is gone: " + List.of(order));
            }
            return answer;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The same where it must succeed; the number. */
    public int can(Object... order) {
        String answer = does(order);
        if (!answer.startsWith("ok ")) {
            throw new AssertionError(List.of(order) + ": " + answer);
        }
        return Integer.parseInt(answer.substring("ok ".length()));
    }

    /** What it sees in a file, which it may open. */
    public String sees(Path file) {
        int fd = can("open", file);
        String seen = does("read", fd);
        can("close", fd);
        return seen;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Calls calls = LibraryLoader.create(Calls.class).load("c");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(answer(calls, line.split(" ", -1)));
        }
    }

    private static String answer(Calls calls, String[] order) {
        switch (order[0]) {
            case "read" -> {
                return read(Integer.parseInt(order[1]));
            }
            case "forget" -> {
                OPENED.forEach(Native.c()::close);
                OPENED.clear();
                return "ok 0";
            }
            default -> {}
        }
        long result = call(calls, order);
        int error = Native.errno();
        if (order[0].equals("close")) {
            OPENED.remove(number(order, 1));
        } else if (result > 0) {
            OPENED.add((int) result); // nothing else that it is told to do returns a number
        }
        return result >= 0 ? "ok " + result : ERRORS.getOrDefault(error, "errno " + error);
    }

    private static String read(int fd) {
        var text = BpfMap.buffer(32 * 1024);
        int length = (int) Native.c().read(fd, text, text.capacity());
        int error = Native.errno();
        if (length < 0) {
            return ERRORS.getOrDefault(error, "errno " + error);
        }
        String seen = StandardCharsets.UTF_8.decode(text.limit(length)).toString();
        return seen.contains("cgroup_id ") ? "shown" : seen.contains("denied 1") ? "denied" : "nothing";
    }

    private static long call(Calls calls, String[] order) {
        LibC c = Native.c();
        return switch (order[0]) {
            case "open" -> c.open(path(order, 1), LibC.O_RDONLY);
            case "close" -> c.close(number(order, 1));
            case "chmod" -> c.chmod(path(order, 1), Integer.parseInt(order[2], 8));
            case "mkdir" -> calls.mkdir(path(order, 1), 0755);
            case "rmdir" -> calls.rmdir(path(order, 1));
            case "unlink" -> calls.unlink(path(order, 1));
            case "hardlink" -> calls.link(path(order, 1), path(order, 2));
            case "symlink" -> calls.symlink(path(order, 1), path(order, 2));
            case "rename" -> calls.rename(path(order, 1), path(order, 2));
            case "umount" -> c.umount2(order[1], 0);
            default -> bpf(calls, order);
        };
    }

    private static byte[] path(String[] order, int at) {
        return KernelFiles.name(order[at]);
    }

    private static int number(String[] order, int at) {
        return Integer.parseInt(order[at]);
    }

    private static long bpf(Calls calls, String[] order) {
        List<Pointer> alive = new ArrayList<>();
        Pointer attributes = memory(ATTRIBUTES_SIZE, alive);
        int command = switch (order[0]) {
            case "create" -> {
                attributes.putInt(0, 2);
                attributes.putInt(4, 4);
                attributes.putInt(8, 8);
                attributes.putInt(12, 1);
                yield 0;
            }
            case "update", "delete" -> {
                attributes.putInt(0, number(order, 1));
                attributes.putPointer(8, memory(ATTRIBUTES_SIZE, alive));
                if (order[0].equals("delete")) {
                    yield 3;
                }
                attributes.putPointer(16, memory(ATTRIBUTES_SIZE, alive));
                yield 2;
            }
            case "load" -> {
                // A socket filter: r0 = 0; exit
                Pointer instructions = memory(16, alive);
                instructions.putLong(0, 0xb7);
                instructions.putLong(8, 0x95);
                attributes.putInt(0, 1);
                attributes.putInt(4, 2);
                attributes.putPointer(8, instructions);
                attributes.putPointer(16, text("GPL", alive));
                yield 5;
            }
            case "pin" -> {
                attributes.putPointer(0, text(order[2], alive));
                attributes.putInt(8, number(order, 1));
                yield 6;
            }
            case "get", "get-for-writing" -> {
                attributes.putPointer(0, text(order[1], alive));
                attributes.putInt(12, order[0].equals("get") ? READ_ONLY : 0);
                yield 7;
            }
            case "next" -> 11;
            case "program" -> first(attributes, order, 13);
            case "map" -> first(attributes, order, 14);
            case "tracepoint" -> {
                attributes.putInt(8, number(order, 1));
                yield 17;
            }
            case "freeze" -> first(attributes, order, 22);
            case "attach" -> {
                // Order SELF_ONLY, and the directory's descriptor
                Pointer information = memory(16, alive);
                information.putInt(0, 1);
                int directory = Native.c().open(path(order, 2), LibC.O_RDONLY | LibC.O_DIRECTORY);
                OPENED.add(directory);
                information.putInt(4, directory);
                attributes.putInt(0, number(order, 1));
                attributes.putInt(8, ITERATOR);
                attributes.putPointer(16, information);
                attributes.putInt(24, 16);
                yield 28;
            }
            case "swap" -> {
                attributes.putInt(4, number(order, 2));
                yield first(attributes, order, 29);
            }
            case "iterate" -> first(attributes, order, 33);
            case "detach" -> first(attributes, order, 34);
            case "bind" -> {
                attributes.putInt(4, number(order, 2));
                yield first(attributes, order, 35);
            }
            default -> throw new IllegalArgumentException(order[0]);
        };
        return calls.syscall(
                System.getProperty("os.arch").equals("aarch64") ? 280 : 321, command, attributes, ATTRIBUTES_SIZE);
    }

    private static int first(Pointer attributes, String[] order, int command) {
        attributes.putInt(0, number(order, 1));
        return command;
    }

    private static Pointer memory(int size, List<Pointer> alive) {
        Pointer memory = Memory.allocateDirect(Runtime.getSystemRuntime(), size, true);
        alive.add(memory);
        return memory;
    }

    private static Pointer text(String text, List<Pointer> alive) {
        byte[] bytes = KernelFiles.name(text);
        Pointer memory = memory(bytes.length, alive);
        memory.put(0, bytes, 0, bytes.length);
        return memory;
    }
}
