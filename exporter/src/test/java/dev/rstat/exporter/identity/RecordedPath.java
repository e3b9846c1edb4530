// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A path as it was seen on a host, from {@code cgroup-paths.txt}.
 *
 * @param source where it was seen
 * @param identity what the path tells
 */
record RecordedPath(String source, String path, CgroupIdentity identity) {
    static List<RecordedPath> all() {
        List<RecordedPath> all = new ArrayList<>();
        String text = text().replaceAll("(?m)^#.*\n", "");
        for (String block : text.strip().split("\n\n+", -1)) {
            List<String> lines = block.strip().lines().toList();
            String[] source = lines.getFirst().split(" ", 2);
            if (lines.size() < 2 || !source[0].equals("source") || !lines.get(1).startsWith("/")) {
                throw new IllegalStateException("not a source, a path and what is known: " + block);
            }
            Map<String, String> known = new HashMap<>();
            for (String line : lines.subList(2, lines.size())) {
                String[] words = line.strip().split(" ", 2);
                known.put(words[0], words[1]);
            }
            all.add(new RecordedPath(source[1], lines.get(1), identity(known)));
        }
        return all;
    }

    private static CgroupIdentity identity(Map<String, String> known) {
        Map<String, String> rest = new HashMap<>(known);
        CgroupIdentity identity = new CgroupIdentity(
                take(rest, "unit"),
                take(rest, "slice"),
                take(rest, "runtime"),
                take(rest, "containerId"),
                take(rest, "containerName"),
                take(rest, "podUid"),
                "",
                "",
                take(rest, "qosClass"));
        if (!rest.isEmpty()) {
            throw new IllegalStateException("no path tells " + rest);
        }
        return identity;
    }

    private static String take(Map<String, String> known, String name) {
        return Objects.requireNonNullElse(known.remove(name), "");
    }

    private static String text() {
        try (InputStream in = Objects.requireNonNull(RecordedPath.class.getResourceAsStream("cgroup-paths.txt"))) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return path;
    }
}
