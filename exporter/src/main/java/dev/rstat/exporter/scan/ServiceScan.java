// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.scan;

import dev.rstat.RstatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What each process of the service runs as, listens to and has open, by {@code /proc}. Only root sees it of another user's process. */
public final class ServiceScan {
    private static final String NONE = "none";
    private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");

    /** Of {@code fdinfo}, in octal: {@code O_WRONLY} and {@code O_RDWR}. */
    private static final int WRITES = 3;

    /** {@code BPF_MAP_TYPE_RINGBUF}: who reads one tells in it how far, so has it for writing. What is frozen only BPF can write to. */
    private static final String RING = "27";

    private static final String LISTENS = "0A";
    private static final List<String> CAPABILITIES = List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");

    private final Path directory;
    private final String name;
    private final Map<String, String> status;
    private final List<Finding> findings = new ArrayList<>();

    private record Opened(String target, Map<String, String> information) {
        private boolean forWriting() {
            return (Integer.parseInt(information.getOrDefault("flags", "0"), 8) & WRITES) != 0;
        }
    }

    private ServiceScan(Path directory) throws IOException {
        this.directory = directory;
        this.name = "process " + directory.getFileName();
        this.status = fields(directory.resolve("status"));
    }

    /**
     * All that are {@code serve} or {@code run} of a main class.
     *
     * @param proc where proc is mounted
     * @throws RstatException if this user may not see what one has open
     */
    public static List<Finding> of(Path proc, String mainClass) {
        List<Finding> findings = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) {
                if (serves(process, mainClass)) {
                    findings.addAll(new ServiceScan(process).scan());
                }
            }
        } catch (IOException failure) {
            throw new RstatException(
                    "cannot see what a process of the service has open: %s; put sudo before the command"
                            .formatted(failure.getMessage()),
                    failure);
        }
        return findings;
    }

    private static boolean serves(Path process, String mainClass) {
        try {
            List<String> words = List.of(Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                    .split("\0", -1));
            int main = words.indexOf(mainClass);
            return main > 0
                    && main + 1 < words.size()
                    && List.of("serve", "run").contains(words.get(main + 1));
        } catch (IOException ended) {
            return false;
        }
    }

    private List<Finding> scan() throws IOException {
        List<Opened> opened = opened();
        String user = words("Uid");
        add("user, real to file system", user, !hasWord(user, "0"));
        String group = words("Gid");
        add("group", group, !hasWord(group, "0"));
        String groups = status.getOrDefault("Groups", "");
        add("further groups", groups.isEmpty() ? NONE : groups, !hasWord(groups, "0"));
        String capabilities = CAPABILITIES.stream()
                .filter(set -> Long.parseUnsignedLong(status.getOrDefault(set, "0"), 16) != 0)
                .map(set -> set + " " + status.get(set))
                .collect(Collectors.joining(", "));
        add("capabilities", capabilities.isEmpty() ? NONE : capabilities, capabilities.isEmpty());
        boolean bound = status.getOrDefault("NoNewPrivs", "0").equals("1");
        add("may gain privileges by exec", bound ? "no" : "yes", bound);
        add(
                "system calls",
                status.getOrDefault("Seccomp", "0").equals("0") ? "not filtered" : "filtered (seccomp)",
                true);
        String sockets = listening(opened);
        add("listens", sockets.isEmpty() ? NONE : sockets, true);
        maps(opened);
        String files = opened.stream()
                .filter(open ->
                        open.target().startsWith("/") && !open.target().startsWith("/dev/") && open.forWriting())
                .map(Opened::target)
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        add("files open for writing", files.isEmpty() ? NONE : files, true);
        return findings;
    }

    private void maps(List<Opened> opened) {
        List<Opened> maps = opened.stream()
                .filter(open -> open.target().equals("anon_inode:bpf-map"))
                .toList();
        List<Opened> written = maps.stream().filter(Opened::forWriting).toList();
        List<Opened> counters = written.stream()
                .filter(map -> !RING.equals(map.information().get("map_type"))
                        && !"1".equals(map.information().get("frozen")))
                .toList();
        add("BPF maps open", Integer.toString(maps.size()), true);
        add(
                "BPF maps it can write to",
                counters.isEmpty()
                        ? "none but how far it has read a ring of events"
                        : Integer.toString(counters.size()),
                counters.isEmpty());
    }

    private void add(String what, String seen, boolean asPromised) {
        findings.add(new Finding(name, what, seen, asPromised));
    }

    private String words(String field) {
        return status.getOrDefault(field, "").replaceAll("\\s+", " ");
    }

    private static boolean hasWord(String text, String word) {
        return List.of(text.split("\\s+", -1)).contains(word);
    }

    private List<Opened> opened() throws IOException {
        List<Opened> opened = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(directory.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    opened.add(new Opened(
                            Files.readSymbolicLink(descriptor).toString(),
                            fields(directory.resolve("fdinfo").resolve(descriptor.getFileName()))));
                } catch (NoSuchFileException closed) {
                    // Between the two looks.
                }
            }
        }
        return opened;
    }

    /** Lines {@code NAME: VALUE}. */
    private static Map<String, String> fields(Path file) throws IOException {
        Map<String, String> fields = new TreeMap<>();
        for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    private String listening(List<Opened> opened) {
        List<String> inodes = opened.stream()
                .map(open -> SOCKET.matcher(open.target()))
                .filter(Matcher::matches)
                .map(socket -> socket.group(1))
                .toList();
        List<String> addresses = new ArrayList<>();
        for (String protocol : List.of("tcp", "tcp6")) {
            for (List<String> socket : table(protocol)) {
                if (socket.size() > 9 && socket.get(3).equals(LISTENS) && inodes.contains(socket.get(9))) {
                    addresses.add("tcp " + SocketAddresses.text(socket.get(1)));
                }
            }
        }
        for (List<String> socket : table("unix")) {
            // Flags: __SO_ACCEPTCON.
            if (socket.size() > 7 && socket.get(3).equals("00010000") && inodes.contains(socket.get(6))) {
                addresses.add("unix " + socket.get(7));
            }
        }
        addresses.sort(Comparator.naturalOrder());
        return String.join(", ", addresses);
    }

    /** Of the process's network namespace; none where the kernel has no such protocol. */
    private List<List<String>> table(String protocol) {
        Path file = directory.resolve("net").resolve(protocol);
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                    .map(line -> List.of(line.strip().split("\\s+", -1)))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
