// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static dev.rstat.exporter.InstalledCommand.run;
import static dev.rstat.exporter.InstalledCommand.runAfter;
import static dev.rstat.exporter.InstalledCommand.runUnprivileged;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Host;
import dev.rstat.collectors.LoadedCollectors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a host or a command line is said in one line with its cure, and leaves nothing behind. */
@Tag("host")
class BadInputHostTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;

    @BeforeEach
    void startFromNothing() {
        run("unload").assertDone();
        assertThat(ROOT).doesNotExist();
    }

    @AfterEach
    void nothingIsLeftBehind() {
        assertThat(ROOT).doesNotExist();
    }

    @Test
    void notRoot() {
        runUnprivileged("load").assertFailed("needs root", "sudo");
        runUnprivileged("run").assertFailed("needs root", "sudo");
        runUnprivileged("unload").assertFailed("needs root", "sudo");
    }

    @Test
    void noCgroup2() {
        runAfter("umount -l " + Host.cgroupRoot(), "load").assertFailed("no cgroup2 is mounted", "mount -t cgroup2");
    }

    @Test
    void noBtf() {
        runAfter("mount -t tmpfs none /sys/kernel/btf", "load").assertFailed("no BTF", "CONFIG_DEBUG_INFO_BTF");
    }

    @Test
    void noLibbpf() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            // The test itself has not loaded it, so look where the loader would.
            assertThat(maps).isNotEmpty();
        }
        String hide =
                "for f in /lib/libbpf.so.1 /usr/lib/libbpf.so.1 /lib/*-linux-gnu/libbpf.so.1 /lib64/libbpf.so.1; do [ ! -e $f ] || mount --bind /dev/null $(readlink -f $f); done";
        runAfter(hide, "load").assertFailed("libbpf is missing", "apt-get install libbpf1");
    }

    @Test
    void noBpffsWhereThePinRootCannotBe() {
        run("load", "--pin-root", "/proc/rstat").assertFailed("/proc/rstat");
    }

    @Test
    void aPinRootOnAnotherFileSystem(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("mine"), "");
        run("load", "--pin-root", folder.toString()).assertFailed("not on bpffs", "--pin-root");
        assertThat(folder.resolve("mine")).exists();
    }

    @Test
    void anUnknownCollector() {
        run("load", "--collector.nonsense").assertFailed("nonsense", "attach", "runqueue");
        run("load", "--no-collector.nonsense").assertFailed("nonsense", "attach", "runqueue");
    }

    @Test
    void anUnknownUser() {
        run("load", "--user", "no-such-user").assertFailed("no-such-user", "useradd", "--user");
        run("load", "--user", "root").assertFailed("does not run as root");
    }

    @Test
    void nothingLoaded() {
        run("serve", "--web.listen-address=127.0.0.1:0").assertFailed("nothing is loaded", "rstat load");
        run("files", "sync").assertFailed("nothing is loaded", "rstat load");
    }

    @Test
    void aPortThatIsTaken() throws IOException {
        run("load").assertDone();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            InstalledCommand.Outcome outcome = run("serve", "--web.listen-address=" + address);
            assertThat(outcome.status()).isNotZero();
            assertThat(outcome.err()).contains(address, "--web.listen-address").doesNotContain("\tat ");
        } finally {
            run("unload").assertDone();
        }
    }

    @Test
    void nonsenseOnTheCommandLine() {
        for (String wrong :
                new String[] {"--max-cgroups=0", "--max-cgroups=many", "--flush-mode=fast", "--unheard-of"}) {
            run("load", wrong).assertFailed("rstat load --help");
        }
        run("serve", "--web.listen-address=nowhere").assertFailed("nowhere");
        run("frobnicate").assertFailed("frobnicate");
    }

    @Test
    void aWebConfigurationThatIsNotThereOrSaysNonsense(@TempDir Path folder) throws IOException {
        String option = "--web.config.file=" + folder.resolve("web.yml");
        run("run", option).assertFailed("web.yml is not there");
        Files.writeString(folder.resolve("web.yml"), "basic_auth: {}\n");
        run("run", option).assertFailed("line 1: unknown key `basic_auth`", "basic_auth_users");
        run("serve", "--web.max-connections=0").assertFailed("at least one connection");
    }

    @Test
    void theDoctorSaysWhatIsWrongAndHowBadItIs() {
        assertThat(run("doctor").assertDone().out()).contains("kernel BTF", "cgroup2", "fentry on bpf_rstat_flush");
        InstalledCommand.Outcome sick = runAfter("mount -t tmpfs none /sys/kernel/btf", "doctor");
        assertThat(sick.status()).isNotZero();
        assertThat(sick.out()).contains("CONFIG_DEBUG_INFO_BTF");
        assertThat(run("doctor", "--json").assertDone().out().strip())
                .startsWith("{")
                .endsWith("}");
        assertThat(runUnprivileged("doctor").out()).contains("only root can try");
    }
}
