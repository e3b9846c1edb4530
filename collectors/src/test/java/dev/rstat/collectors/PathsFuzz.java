// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.Directory;
import dev.rstat.fuzz.FuzzTarget;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Names that a container gives its cgroups: no two have one file, none leaves the folder, and none looks like another. */
public final class PathsFuzz implements FuzzTarget {
    private static final StatsPaths PATHS =
            new StatsPaths(Path.of("/sys/fs/bpf/rstat/cgroups"), Set.of("runqueue", "attach"));

    @Override
    public String name() {
        return "paths";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                "/system.slice/docker-0f.scope".getBytes(UTF_8),
                "/a%2Eb/runqueue/%72unqueue/..x".getBytes(UTF_8),
                "/../../etc".getBytes(UTF_8),
                new byte[] {'/', 'a', (byte) 0xff, (byte) 0xc3, (byte) 0xbc},
                "/\uFFFDc3".getBytes(UTF_8));
    }

    @Override
    public void run(byte[] input) {
        // No file has a zero in its name.
        byte[] bytes = Arrays.copyOf(input, zero(input));
        String cgroup = Directory.text(bytes);
        FuzzTarget.require(Arrays.equals(bytes(cgroup), bytes), "two names that look the same: " + cgroup);
        try {
            directory(cgroup);
        } catch (RstatException said) {
            FuzzTarget.require(cgroup.contains("."), "refused without a dot: " + cgroup);
        }
    }

    private static void directory(String cgroup) {
        PATHS.possible(cgroup).ifPresent(directory -> {
            FuzzTarget.require(directory.normalize().equals(directory), "a path with dots: " + directory);
            FuzzTarget.require(directory.startsWith(PATHS.top()), "a path elsewhere: " + directory);
            StringBuilder back = new StringBuilder();
            for (Path name : PATHS.top().relativize(directory)) {
                FuzzTarget.require(name.toString().indexOf('.') < 0, "bpffs takes no dot: " + name);
                FuzzTarget.require(name.toString().getBytes(UTF_8).length <= 255, "too long a name: " + name);
                FuzzTarget.require(!PATHS.collectors().contains(name.toString()), "a collector's name: " + name);
                if (!name.toString().isEmpty()) {
                    back.append('/').append(unescape(name.toString()));
                }
            }
            String meant = cgroup.replaceAll("/+", "/").replaceAll("/\\z", "");
            meant = meant.startsWith("/") || meant.isEmpty() ? meant : "/" + meant;
            FuzzTarget.require(back.toString().equals(meant), "%s came back as %s".formatted(cgroup, back));
        });
    }

    private static String unescape(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '%') {
                text.append((char) Integer.parseInt(name, i + 1, i + 3, 16));
                i += 2;
            } else {
                text.append(name.charAt(i));
            }
        }
        return text.toString();
    }

    /** What {@link Directory#text} was told. */
    private static byte[] bytes(String text) {
        if (text.indexOf(Directory.NOT_TEXT) < 0) {
            return text.getBytes(UTF_8);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == Directory.NOT_TEXT) {
                bytes.write(Integer.parseInt(text, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(text.charAt(i));
            }
        }
        return bytes.toByteArray();
    }

    private static int zero(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != 0) {
            end++;
        }
        return end;
    }
}
