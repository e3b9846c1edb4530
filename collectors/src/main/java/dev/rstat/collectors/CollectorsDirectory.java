// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A directory of collectors of a host's own: {@code NAME.bpf.o}, and {@code NAME.bpf.c} where there is a compiler.
 *
 * <p>What is in it runs in the kernel, so nobody but root may have had a hand in it: not in the files, nor in the directories on the way to
 * them. What cannot be used is refused by its file's name with a reason; that never keeps the others from being loaded.
 *
 * @param sources in the order of their names
 * @param refused reasons, by the collector's name; where that is none, or another's, by the file's, without its dots
 */
record CollectorsDirectory(List<CollectorSource> sources, SortedMap<String, String> refused) {
    static final CollectorsDirectory EMPTY = new CollectorsDirectory(List.of(), new TreeMap<>());

    private static final String OBJECT = ".bpf.o";
    private static final String SOURCE = ".bpf.c";
    private static final long LARGEST = 16 << 20;
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_OTHERS = 022;

    /**
     * @param directory need not be there
     * @param taken names that belong to others: the built-in collectors
     * @throws RstatException if it is there and cannot be listed
     */
    static CollectorsDirectory read(Path directory, List<String> taken) {
        CollectorsDirectory found = new CollectorsDirectory(new ArrayList<>(), new TreeMap<>());
        Set<String> names = new HashSet<>(taken);
        for (Path file : files(directory)) {
            String name = name(file);
            boolean free = CollectorSchema.isName(name) && names.add(name);
            try {
                if (!free) {
                    throw new RstatException(whyNot(name, taken));
                }
                found.sources.add(new CollectorSource(name, file.toString(), object(file)));
            } catch (RstatException wrong) {
                found.refused.put(
                        free ? name : file.getFileName().toString().replaceAll("[^A-Za-z0-9_-]", "_"),
                        "%s: %s".formatted(file, wrong.getMessage()));
            }
        }
        return found;
    }

    private static String whyNot(String name, List<String> taken) {
        if (taken.contains(name)) {
            return "a built-in collector is called %s; give file and struct another name".formatted(name);
        }
        return CollectorSchema.isName(name)
                ? "%s%s is there, too, and goes before it; remove one of them".formatted(name, OBJECT)
                : "`%s` is no name for a collector: lower-case letters, digits and _, at most 32".formatted(name);
    }

    /** Objects before sources of the same name: they need no compiler. */
    private static List<Path> files(Path directory) {
        SortedMap<String, Path> files = new TreeMap<>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(directory, "[!.]*{" + OBJECT + "," + SOURCE + "}")) {
            for (Path entry : entries) {
                files.put(name(entry) + (isSource(entry) ? "1" : "0"), entry);
            }
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (NotDirectoryException file) {
            throw new RstatException("%s is no directory; name one with --collectors.dir".formatted(directory), file);
        } catch (IOException failure) {
            throw new RstatException("cannot list %s: %s".formatted(directory, failure), failure);
        }
        return List.copyOf(files.values());
    }

    /** What a file's collector is called. */
    static String name(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.length() - OBJECT.length());
    }

    static boolean isCollector(Path file) {
        return isSource(file) || file.toString().endsWith(OBJECT);
    }

    static boolean isSource(Path file) {
        return file.toString().endsWith(SOURCE);
    }

    private static byte[] object(Path file) {
        try {
            Path real = file.toRealPath();
            // Where it is a link: who could have made the link, and who what it leads to.
            for (Path end : List.of(file.toAbsolutePath().resolveSibling(".").toRealPath(), real)) {
                for (Path path = end; path != null; path = path.getParent()) {
                    requireRoots(path);
                }
            }
            return bytes(real, _ -> {});
        } catch (NoSuchFileException dangling) {
            throw new RstatException("a link that leads nowhere; remove it", dangling);
        } catch (IOException failure) {
            throw new RstatException("cannot be read: " + failure, failure);
        }
    }

    /**
     * The object in a file, or compiled from it.
     *
     * @param compiler receives what the compiler says
     * @throws RstatException if there is none, with the reason
     */
    static byte[] bytes(Path file, Consumer<String> compiler) {
        try {
            return isSource(file) ? compile(file, compiler) : read(file);
        } catch (NoSuchFileException missing) {
            throw new RstatException("there is no file %s".formatted(file), missing);
        } catch (IOException failure) {
            throw new RstatException("%s cannot be read: %s".formatted(file, failure), failure);
        }
    }

    /**
     * In a directory with the sticky bit others may make files, but not put one in the place of root's.
     *
     * @throws RstatException if somebody else than root could have changed it
     */
    private static void requireRoots(Path path) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode");
        boolean sticky = Files.isDirectory(path) && (mode & STICKY) != 0;
        if ((int) Files.getAttribute(path, "unix:uid") != 0) {
            throw new RstatException(
                    "%s belongs to %s, and what is loaded into the kernel must be root's; run: chown root %s"
                            .formatted(path, Files.getOwner(path), path));
        }
        if ((mode & WRITABLE_BY_OTHERS) != 0 && !sticky) {
            throw new RstatException(
                    "%s can be written by others than root, and is loaded into the kernel as root; run: chmod go-w %s"
                            .formatted(path, path));
        }
    }

    private static byte[] read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new RstatException("there is no file %s".formatted(file));
        }
        if (Files.size(file) > LARGEST) {
            throw new RstatException(
                    "has %d bytes, and no collector is larger than %d".formatted(Files.size(file), LARGEST));
        }
        byte[] bytes = Files.readAllBytes(file);
        ElfObject.check(bytes);
        return bytes;
    }

    /** Compiles in a folder that nobody else can look into, made with mode 0700. */
    private static byte[] compile(Path source, Consumer<String> compiler) throws IOException {
        Path folder = Files.createTempDirectory("rstat-collector");
        try {
            return read(BpfCompiler.ofDistribution().compile(source, folder, compiler));
        } finally {
            Files.deleteIfExists(folder.resolve(name(source) + OBJECT));
            Files.delete(folder);
        }
    }
}
