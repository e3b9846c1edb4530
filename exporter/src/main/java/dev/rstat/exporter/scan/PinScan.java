// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.scan;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Who may do what with what is pinned, by owner and mode: one finding for all that are alike in one of the pin root's folders. */
public final class PinScan {
    private PinScan() {}

    /**
     * @throws RstatException if this user may not look everywhere
     */
    public static List<Finding> of(Path pinRoot) {
        Map<String, Map<String, Integer>> seen = new TreeMap<>();
        Set<String> writable = new HashSet<>();
        try {
            Files.walkFileTree(pinRoot, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                        throws IOException {
                    count(directory);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    count(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE; // its cgroup has gone meanwhile
                    }
                    throw failure;
                }

                private void count(Path path) throws IOException {
                    PosixFileAttributes of =
                            Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    Path below = pinRoot.relativize(path);
                    String place = path.equals(pinRoot)
                            ? pinRoot.toString()
                            : pinRoot.resolve(below.getName(0)).toString();
                    String who = "%s %s:%s %s"
                            .formatted(
                                    of.isDirectory() ? "folders" : "pins",
                                    of.owner().getName(),
                                    of.group().getName(),
                                    PosixFilePermissions.toString(of.permissions()));
                    seen.computeIfAbsent(place, _ -> new TreeMap<>()).merge(who, 1, Integer::sum);
                    if (of.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
                        writable.add(place + who);
                    }
                }
            });
        } catch (NoSuchFileException nothing) {
            return List.of();
        } catch (IOException failure) {
            throw new RstatException(
                    "cannot look at what is pinned: %s; put sudo before the command".formatted(failure), failure);
        }
        List<Finding> findings = new ArrayList<>();
        seen.forEach((place, kinds) -> kinds.forEach((who, count) ->
                findings.add(new Finding(place, who, Integer.toString(count), !writable.contains(place + who)))));
        return findings;
    }
}
