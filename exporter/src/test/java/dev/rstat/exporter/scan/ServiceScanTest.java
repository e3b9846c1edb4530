// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceScanTest {
    @TempDir
    private Path proc = Path.of("/");

    private Path process(String pid, String command, String status) throws IOException {
        Path process = Files.createDirectory(proc.resolve(pid));
        Files.writeString(process.resolve("cmdline"), command.replace(' ', '\0') + "\0");
        Files.writeString(process.resolve("status"), status);
        for (String folder : List.of("fd", "fdinfo", "net")) {
            Files.createDirectory(process.resolve(folder));
        }
        return process;
    }

    private static void open(Path process, int number, String target, String information) throws IOException {
        Files.createSymbolicLink(process.resolve("fd/" + number), Path.of(target));
        Files.writeString(process.resolve("fdinfo/" + number), information);
    }

    @Test
    void aServiceThatMayDoNothingIsAsPromised() throws IOException {
        Path process = process("7", "/usr/bin/java -cp x a.Main serve --debug", """
                Uid:\t998\t998\t998\t998
                Gid:\t998\t998\t998\t998
                Groups:\t
                CapPrm:\t0000000000000000
                NoNewPrivs:\t1
                Seccomp:\t2
                """);
        process("8", "/usr/bin/java a.Main top", "Uid:\t0\t0\t0\t0\n");
        open(process, 3, "socket:[4711]", "flags:\t02\n");
        open(process, 4, "socket:[4712]", "flags:\t02\n");
        open(process, 5, "anon_inode:bpf-map", "flags:\t02000000\nmap_type:\t1\nfrozen:\t0\n");
        open(process, 6, "anon_inode:bpf-map", "flags:\t02000002\nmap_type:\t27\nfrozen:\t0\n");
        open(process, 7, "anon_inode:bpf-map", "flags:\t02000002\nmap_type:\t2\nfrozen:\t1\n");
        open(process, 8, "/var/log/rstat", "flags:\t0100001\n");
        open(process, 9, "/opt/rstat/lib/a.jar", "flags:\t0100000\n");
        Files.writeString(process.resolve("net/tcp"), """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 0100007F:2618 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 4711 1 0 100 0 0 10 0
                   1: 0100007F:2619 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9999 1 0 100 0 0 10 0
                """);
        Files.writeString(process.resolve("net/unix"), """
                Num       RefCount Protocol Flags    Type St Inode Path
                0000000000000000: 00000002 00000000 00010000 0001 01 4712 /run/rstat-files/socket
                """);
        List<Finding> findings = ServiceScan.of(proc, "a.Main");
        assertThat(findings)
                .allMatch(Finding::asPromised)
                .allMatch(finding -> finding.of().equals("process 7"));
        assertThat(findings)
                .extracting(Finding::what, Finding::seen)
                .contains(
                        tuple("user, real to file system", "998 998 998 998"),
                        tuple("further groups", "none"),
                        tuple("capabilities", "none"),
                        tuple("system calls", "filtered (seccomp)"),
                        tuple("listens", "tcp 127.0.0.1:9752, unix /run/rstat-files/socket"),
                        tuple("BPF maps open", "3"),
                        tuple("BPF maps it can write to", "none but how far it has read a ring of events"),
                        tuple("files open for writing", "/var/log/rstat"));
    }

    @Test
    void whatItMayDoMoreIsSaid() throws IOException {
        Path process = process(
                "9",
                "java a.Main run",
                "Uid:\t998\t0\t998\t998\nGid:\t998\t998\t998\t998\nGroups:\t0 27\nCapEff:\t0000000000000002\nNoNewPrivs:\t0\n");
        open(process, 5, "anon_inode:bpf-map", "flags:\t02000002\nmap_type:\t1\nfrozen:\t0\n");
        assertThat(ServiceScan.of(proc, "a.Main"))
                .filteredOn(finding -> !finding.asPromised())
                .extracting(Finding::what, Finding::seen)
                .containsExactly(
                        tuple("user, real to file system", "998 0 998 998"),
                        tuple("further groups", "0 27"),
                        tuple("capabilities", "CapEff 0000000000000002"),
                        tuple("may gain privileges by exec", "yes"),
                        tuple("BPF maps it can write to", "1"));
    }

    @Test
    void anAddressOfSixteenBytes() {
        assertThat(SocketAddresses.text("00000000000000000000000001000000:2618"))
                .isEqualTo("[0:0:0:0:0:0:0:1]:9752");
    }
}
