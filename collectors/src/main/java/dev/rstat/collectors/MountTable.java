// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is mounted where, as this process sees it: {@code /proc/self/mountinfo}, see proc_pid_mountinfo(5). */
final class MountTable {
    private static final Path FILE = Path.of("/proc/self/mountinfo");

    private MountTable() {}

    /**
     * @param root the directory of the file system that is seen at the mount point
     * @param point the mount point
     * @param type the type of the file system
     * @param source what was given as its source
     */
    record Mount(String root, String point, String type, String source) {}

    static List<Mount> read() {
        try {
            // Mount points have any bytes: what is not UTF-8 is none of ours, and must not keep the rest from being
            // read.
            return parse(new String(Files.readAllBytes(FILE), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static boolean isMountPoint(Path path) {
        return read().stream().anyMatch(mount -> mount.point().equals(path.toString()));
    }

    static List<Mount> parse(List<String> lines) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : lines) {
            // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [OPTIONAL...] - TYPE SOURCE SUPER-OPTIONS
            List<String> fields = List.of(line.split(" ", -1));
            int separator = fields.indexOf("-");
            if (separator >= 6 && fields.size() > separator + 2) {
                mounts.add(new Mount(
                        unescape(fields.get(3)),
                        unescape(fields.get(4)),
                        fields.get(separator + 1),
                        unescape(fields.get(separator + 2))));
            }
        }
        return mounts;
    }

    /**
     * The kernel writes blanks, tabs, newlines and backslashes as a backslash and three octal digits. Some file systems write their source
     * themselves, and not so: any other backslash stands for itself, as one mount of somebody's must not keep the rest from being read.
     */
    private static String unescape(String field) {
        StringBuilder text = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && isOctal(field, i + 1) && isOctal(field, i + 2) && isOctal(field, i + 3)) {
                text.append((char) Integer.parseInt(field, i + 1, i + 4, 8));
                i += 3;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static boolean isOctal(String field, int at) {
        return at < field.length() && field.charAt(at) >= '0' && field.charAt(at) <= '7';
    }
}
