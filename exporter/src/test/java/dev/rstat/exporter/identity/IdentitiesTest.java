// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Cgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names, from files as the programs of a host leave them, and for how long they are remembered. */
class IdentitiesTest {
    private static final String ID = "0123456789abcdef".repeat(4);
    private static final String OTHER_ID = "fedcba9876543210".repeat(4);
    private static final String UID = "414cbe69-8d5a-4d9f-8ad4-6606f7f69e33";
    private static final String POD =
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + UID.replace('-', '_') + ".slice";
    private static final String CONTAINER = POD + "/cri-containerd-" + ID + ".scope";
    private static final String SANDBOX = POD + "/cri-containerd-" + OTHER_ID + ".scope";

    @TempDir
    private Path root;

    private final AtomicLong nanoseconds = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L);

    @Test
    void kubeletNamesPodsAndTheirContainers() throws IOException {
        directory("var/log/pods/kube-system_coredns-5d78c9869d-2xkqz_" + UID);
        file("var/log/containers/coredns-5d78c9869d-2xkqz_kube-system_core-dns-" + ID + ".log", "");
        Identities identities = identities();
        CgroupIdentity container = of(identities, CONTAINER);
        assertThat(container.podName()).isEqualTo("coredns-5d78c9869d-2xkqz");
        assertThat(container.podNamespace()).isEqualTo("kube-system");
        assertThat(container.containerName()).isEqualTo("core-dns");
        assertThat(container.runtime()).isEqualTo("containerd");
        assertThat(of(identities, SANDBOX).podName()).isEqualTo("coredns-5d78c9869d-2xkqz");
        assertThat(of(identities, SANDBOX).containerName()).isEmpty();
        assertThat(of(identities, POD).podNamespace()).isEqualTo("kube-system");
        assertThat(of(identities, "/system.slice/cron.service").podName()).isEmpty();
    }

    /** Where pods' directories are not to be seen, or of a version that named them by the uid alone. */
    @Test
    void aContainersLogNamesItsPodAsWell() throws IOException {
        directory("var/log/pods/" + UID);
        file("var/log/containers/web-0_shop_nginx-" + ID + ".log", "");
        CgroupIdentity container = of(identities(), CONTAINER);
        assertThat(container.podName()).isEqualTo("web-0");
        assertThat(container.podNamespace()).isEqualTo("shop");
        assertThat(of(identities(), POD).podName()).isEmpty();
    }

    @Test
    void otherFilesAmongTheLogsAreNoNames() throws IOException {
        for (String name : List.of("a_b", "a_b_c_d", "_", "x", ".hidden", "\u00fc \n_\"_" + ID)) {
            directory("var/log/pods/" + name);
            file("var/log/containers/" + name + ".log", "");
            file("var/log/containers/" + name + "-" + ID, "");
        }
        file("var/log/containers/" + ID + ".log", "");
        file("var/log/containers/-" + ID + ".log", "");
        assertThat(of(identities(), CONTAINER)).isEqualTo(IdentityParser.parse(CONTAINER));
    }

    @Test
    void dockerNamesItsContainers() throws IOException {
        file("var/lib/docker/containers/%s/config.v2.json".formatted(ID), """
                {"StreamConfig":{},"State":{"Running":true,"Name":"/wrong"},"ID":"%s","Args":["Name",{"Name":"/wrong"}],
                 "Name":"/shop_web.1","Driver":"overlay2"}""".formatted(ID));
        assertThat(of(identities(), "/docker/" + ID).containerName()).isEqualTo("shop_web.1");
        assertThat(of(identities(), "/docker/" + OTHER_ID).containerName()).isEmpty();
        // Whose it is, the path does not tell.
        assertThat(of(identities(), "/custom/" + ID).runtime()).isEqualTo("docker");
        assertThat(of(identities(), "/machine.slice/libpod-" + ID + ".scope").containerName())
                .isEmpty();
    }

    @Test
    void podmanNamesItsContainers() throws IOException {
        file("var/lib/containers/storage/overlay-containers/containers.json", """
                [{"id":"%s","names":["web","alias"],"image":"1","flags":{"names":["wrong"]},"metadata":"{\\"names\\":[]}"},
                 {"id":"%s","names":[]}]""".formatted(ID, OTHER_ID));
        Identities identities = identities();
        assertThat(of(identities, "/machine.slice/libpod-" + ID + ".scope/container")
                        .containerName())
                .isEqualTo("web");
        assertThat(of(identities, "/machine.slice/libpod-" + OTHER_ID + ".scope")
                        .containerName())
                .isEmpty();
    }

    @Test
    void machinedKnowsContainersInUnitsOfAnyName() throws IOException {
        machine("dhcpd", "container@dhcpd.service", "systemd-nspawn", "container");
        machine("vm1", "machine-vm1.scope", "systemd-vmspawn", "vm");
        machine("my-box", "machine-my\\\\x2dbox.scope", "systemd-nspawn", "container");
        file("run/systemd/machines/unit:container@dhcpd.service", "NAME=wrong\n");
        file("run/systemd/machines/broken", "\0\n=\nNAME\n");
        Identities identities = identities();
        CgroupIdentity inside =
                of(identities, "/machine.slice/container@dhcpd.service/payload/system.slice/kea.service");
        assertThat(inside.runtime()).isEqualTo("systemd-nspawn");
        assertThat(inside.containerName()).isEqualTo("dhcpd");
        assertThat(inside.unit()).isEqualTo("kea.service");
        // A virtual machine has a scope like a container's.
        assertThat(IdentityParser.parse("/machine.slice/machine-vm1.scope").runtime())
                .isEqualTo("systemd-nspawn");
        assertThat(of(identities, "/machine.slice/machine-vm1.scope").runtime()).isEmpty();
        assertThat(of(identities, "/machine.slice/machine-vm1.scope").containerId())
                .isEmpty();
        assertThat(of(identities, "/machine.slice/machine-my\\x2dbox.scope").containerName())
                .isEqualTo("my-box");
        // A container of a runtime in a machine stays what it is.
        assertThat(of(identities, "/machine.slice/container@dhcpd.service/payload/docker/" + ID)
                        .containerId())
                .isEqualTo(ID);
    }

    @Test
    void whatCannotBeReadIsAsIfItWereNotThere() throws IOException {
        file("var/log/pods", "no directory");
        file("var/log/containers", "no directory");
        file("run/systemd/machines", "no directory");
        directory("var/lib/containers/storage/overlay-containers/containers.json");
        directory("var/lib/docker/containers/%s/config.v2.json".formatted(ID));
        for (String path : List.of(CONTAINER, "/docker/" + ID, "/custom/" + ID, "/libpod_parent/libpod-" + ID)) {
            CgroupIdentity identity = of(identities(), path);
            assertThat(identity.containerId()).isEqualTo(ID);
            assertThat(identity.containerName()).isEmpty();
            assertThat(identity.podName()).isEmpty();
        }
    }

    @Test
    void brokenJsonNamesNothing() throws IOException {
        for (String text : List.of(
                "",
                "null",
                "[",
                "[1]",
                "{",
                "{\"Name\"",
                "{\"Name\":1}",
                "{\"Name\":\"/",
                "\0",
                "[{\"id\":",
                "[".repeat(100_000))) {
            file("var/lib/docker/containers/%s/config.v2.json".formatted(ID), text);
            file("var/lib/containers/storage/overlay-containers/containers.json", text);
            assertThat(of(identities(), "/docker/" + ID).containerName())
                    .as(text)
                    .isEmpty();
            assertThat(of(identities(), "/libpod_parent/libpod-" + ID).containerName())
                    .as(text)
                    .isEmpty();
        }
        file(
                "var/lib/docker/containers/%s/config.v2.json".formatted(ID),
                " ".repeat(2 << 20) + "{\"Name\":\"/large\"}");
        assertThat(of(identities(), "/docker/" + ID).containerName()).isEmpty();
    }

    @Test
    void aNameThatComesLaterIsSeenSoon() throws IOException {
        Identities identities = identities();
        assertThat(of(identities, CONTAINER).containerName()).isEmpty();
        file("var/log/containers/web-0_shop_nginx-" + ID + ".log", "");
        assertThat(of(identities, CONTAINER).containerName()).isEmpty();
        pass(Duration.ofSeconds(11));
        assertThat(of(identities, CONTAINER).containerName()).isEqualTo("nginx");
        assertThat(of(identities, CONTAINER).podName()).isEqualTo("web-0");
    }

    @Test
    void aNewNameIsSeenLater() throws IOException {
        String file = "var/lib/docker/containers/%s/config.v2.json".formatted(ID);
        file(file, "{\"Name\":\"/old\"}");
        Identities identities = identities();
        assertThat(of(identities, "/docker/" + ID).containerName()).isEqualTo("old");
        file(file, "{\"Name\":\"/new\"}");
        pass(Duration.ofSeconds(59));
        assertThat(of(identities, "/docker/" + ID).containerName()).isEqualTo("old");
        pass(Duration.ofSeconds(2));
        assertThat(of(identities, "/docker/" + ID).containerName()).isEqualTo("new");
    }

    @Test
    void aTreesIdentitiesAreTheSameListUntilOneChanges() throws IOException {
        Identities identities = identities();
        List<Cgroup> tree = tree("/", POD, CONTAINER);
        List<CgroupIdentity> first = identities.of(tree);
        assertThat(first).hasSize(3).contains(IdentityParser.parse(CONTAINER));
        assertThat(identities.of(tree)).isSameAs(first);
        file("var/log/containers/web-0_shop_nginx-" + ID + ".log", "");
        assertThat(identities.of(tree)).isSameAs(first);
        pass(Duration.ofSeconds(11));
        List<CgroupIdentity> second = identities.of(tree);
        assertThat(second.get(2).containerName()).isEqualTo("nginx");
        pass(Duration.ofSeconds(11));
        assertThat(identities.of(tree)).isSameAs(second);
        assertThat(identities.of(tree("/", POD))).hasSize(2).isNotSameAs(second);
    }

    /** What costs something is done once for all scrapes within its time. */
    @Test
    void resolversAreAskedOncePerCgroupWhileNothingExpires() {
        AtomicInteger asked = new AtomicInteger();
        Identities identities = new Identities(
                List.of((_, identity) -> {
                    asked.incrementAndGet();
                    return identity;
                }),
                nanoseconds::get);
        List<Cgroup> tree = tree("/", "/a.service", "/b.service");
        for (int i = 0; i < 10; i++) {
            identities.of(tree);
            identities.of(tree.get(1));
        }
        assertThat(asked).hasValue(3);
    }

    @Test
    void aResolverThatFailsHarmsNobody() {
        Identities identities = new Identities(
                List.of(
                        (_, _) -> {
                            throw new IllegalStateException("a fault");
                        },
                        (_, identity) -> identity.withContainer(identity.runtime(), identity.containerId(), "named")),
                nanoseconds::get);
        assertThat(of(identities, "/docker/" + ID).containerName()).isEqualTo("named");
    }

    @Test
    void whatTheClassPathBringsIsAsked() {
        assertThat(of(Identities.ofHost(), "/docker/" + ResolverOfTests.ID).containerName())
                .isEqualTo("known");
        assertThat(of(Identities.ofPaths(), "/docker/" + ResolverOfTests.ID).containerName())
                .isEmpty();
    }

    private Identities identities() {
        return new Identities(Identities.builtIn(root, nanoseconds::get), nanoseconds::get);
    }

    private void pass(Duration time) {
        nanoseconds.addAndGet(time.toNanos());
    }

    private static CgroupIdentity of(Identities identities, String path) {
        return identities.of(new Cgroup(7, path, null, 1));
    }

    private static List<Cgroup> tree(String... paths) {
        List<Cgroup> tree = new ArrayList<>();
        for (String path : paths) {
            tree.add(new Cgroup(tree.size() + 1, path, null, 0));
        }
        return tree;
    }

    /** As machine_save() writes them. */
    private void machine(String name, String unit, String service, String machineClass) throws IOException {
        file("run/systemd/machines/" + name, """
                # This is private data. Do not parse.
                NAME=%s
                SCOPE=%s
                SERVICE=%s
                ROOT=/var/lib/machines/%s
                ID=09e8bc404de8497dbd0d029290a98277
                LEADER=5592
                CLASS=%s
                REALTIME=1540046489000000
                MONOTONIC=12345678
                """.formatted(name, unit, service, name, machineClass));
    }

    private void directory(String path) throws IOException {
        Files.createDirectories(root.resolve(path));
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
