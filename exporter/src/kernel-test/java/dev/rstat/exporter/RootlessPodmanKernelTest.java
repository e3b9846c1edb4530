// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.LoadedCollectors;
import dev.rstat.collectors.Loader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A user without privileges runs containers, which have stats files, with a real engine and runtime (deploy/testbed/rootless-podman). */
@Tag("podman")
class RootlessPodmanKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final Path SCRIPT = Path.of(System.getProperty("rstat.podman", "rootless-podman"));
    private static final Path HOOKS = SCRIPT.resolveSibling("oci");
    private static final int USER = 1000;

    @BeforeAll
    static void load() {
        Loader.unload(ROOT, line -> {});
        Loader.load(
                LoadedCollectors.options(4096)
                        .withCollectors(Loader.builtIn(List.of("process")))
                        .withFilesGroup("tester"),
                line -> {});
    }

    @AfterAll
    static void unload() {
        Loader.unload(ROOT, line -> {});
    }

    private static String asUser(String... command) {
        List<String> all = new ArrayList<>(List.of(SCRIPT.toString()));
        all.addAll(List.of(command));
        return InstalledCommand.execute(all).assertDone().out().strip();
    }

    private static String podman(Path hooks, String... arguments) {
        List<String> command = new ArrayList<>(List.of("podman", "--hooks-dir=" + hooks));
        command.addAll(List.of(arguments));
        return asUser(command.toArray(String[]::new));
    }

    /** The hook's configuration as it is shipped, but for another pin root. */
    private static Path hooks(Path pinRoot) throws IOException {
        Path directory = Files.createTempDirectory("hooks");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        String path = "\"path\": \"/usr/libexec/rstat/rstat-hook\"";
        String shipped = Files.readString(HOOKS.resolve("rstat.json"));
        assertThat(shipped).contains(path);
        String arguments = "%s, \"args\": [\"rstat-hook\", \"--pin-root=%s\"]".formatted(path, pinRoot);
        Files.writeString(directory.resolve("rstat.json"), shipped.replace(path, arguments));
        return directory;
    }

    @Test
    void aContainerReadsItsOwnCgroupInSelf() {
        String read = asUser(
                "podman",
                "run",
                "--rm",
                "--cgroup-parent=/user-1000",
                "--volume=%s/self:/self:ro".formatted(ROOT),
                "localhost/busybox",
                "sh",
                "-c",
                "cat /proc/self/cgroup; stat -c 'cgroup_id %i' /sys/fs/cgroup; cat /self/process; ! touch /self/x 2>&1");
        assertThat(read.lines()).startsWith("0::/").contains("touch: /self/x: Read-only file system");
        List<String> ids =
                read.lines().filter(line -> line.startsWith("cgroup_id ")).toList();
        assertThat(ids).hasSize(2);
        assertThat(ids.getFirst()).isEqualTo(ids.getLast());
        assertThat(read).containsPattern("(?m)^execs [1-9]");
    }

    @Test
    void aContainersFilesComeAndGoWithIt() throws IOException {
        Path hooks = hooks(ROOT);
        String id =
                podman(hooks, "run", "--detach", "--cgroup-parent=/user-1000", "localhost/busybox", "sleep", "3600");
        Path cgroup = Path.of("/sys/fs/cgroup/user-1000/libpod-" + id);
        Path files = ROOT.resolve("users").resolve(Integer.toString(USER)).resolve(id);
        Path file = files.resolve("process");
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(USER);
        assertThat(asUser("cat", file.toString()).lines())
                .contains("cgroup_id " + Files.getAttribute(cgroup, "unix:ino"), "exits 0");

        podman(hooks, "rm", "--force", "--time=0", id);
        assertThat(files).doesNotExist();
        assertThat(cgroup).doesNotExist();
    }

    @Test
    void aContainerStartsThoughItsFilesCannotBeMade() throws IOException {
        assertThat(podman(
                        hooks(Path.of("/run/nothing-is-here")),
                        "run",
                        "--rm",
                        "--cgroup-parent=/user-1000",
                        "localhost/busybox",
                        "echo",
                        "started"))
                .isEqualTo("started");
    }
}
