// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Paths of hosts, and what nobody would call a path. */
class IdentityParserTest {
    private static final String ID = "0123456789abcdef".repeat(4);

    /** What hostile or unlucky names are made of. */
    private static final List<String> PIECES = List.of(
            "/",
            "//",
            "",
            "-",
            ":",
            ".",
            "_",
            "\\",
            "\\x",
            "\\x2d",
            "\\xzz",
            "\\x2",
            "\n",
            "\"",
            "\0",
            "\ufffd",
            "\ud83d",
            "\ude00",
            "\u00fc",
            ".slice",
            ".scope",
            ".service",
            ".slice:",
            "machine-",
            "machine-lxc-1-",
            "machine-qemu-",
            "systemd-nspawn@",
            "docker",
            "docker-",
            "crio-conmon-",
            "libpod-",
            "lxc",
            "lxc.payload",
            "lxc.payload.",
            "lxc.monitor.",
            "kubepods",
            "-kubepods",
            "kubepods-burstable",
            "burstable",
            "besteffort",
            "pod",
            "-pod",
            "pod_",
            ID,
            ID + "0",
            "default",
            "@",
            "user@1");

    static Stream<RecordedPath> recorded() {
        return RecordedPath.all().stream();
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void recordedPathsAreUnderstood(RecordedPath recorded) {
        assertThat(IdentityParser.parse(recorded.path())).isEqualTo(recorded.identity());
    }

    /** What is below a container, unless it is one, is in that container. */
    @ParameterizedTest
    @MethodSource("recorded")
    void whatIsBelowAContainerBelongsToIt(RecordedPath recorded) {
        CgroupIdentity identity = recorded.identity();
        assertThat(IdentityParser.parse(recorded.path() + "/below/it")).isEqualTo(identity);
        CgroupIdentity service = IdentityParser.parse(recorded.path() + "/system.slice/cron.service");
        assertThat(service)
                .isEqualTo(new CgroupIdentity(
                        "cron.service",
                        "system.slice",
                        identity.runtime(),
                        identity.containerId(),
                        identity.containerName(),
                        identity.podUid(),
                        "",
                        "",
                        identity.qosClass()));
    }

    /** Wherever it runs, a container is recognized as it is on a host of its own. */
    @ParameterizedTest
    @MethodSource("recorded")
    void aContainerInAContainerIsTheInnerOne(RecordedPath recorded) {
        CgroupIdentity inner = recorded.identity();
        CgroupIdentity nested = IdentityParser.parse("/docker/" + ID + recorded.path());
        if (inner.containerId().isEmpty() && inner.podUid().isEmpty()) {
            assertThat(nested.containerId()).isEqualTo(ID);
            assertThat(nested.runtime()).isEqualTo("docker");
        } else {
            assertThat(nested).isEqualTo(inner);
        }
    }

    @Test
    void everyRuntimeIsAmongTheRecorded() {
        assertThat(recorded().map(recorded -> recorded.identity().runtime()))
                .contains("docker", "containerd", "cri-o", "podman", "lxc", "systemd-nspawn", "libvirt-lxc", "");
        assertThat(recorded().map(recorded -> recorded.identity().qosClass()))
                .contains("Guaranteed", "Burstable", "BestEffort");
    }

    @Test
    void theRootIsNothing() {
        assertThat(IdentityParser.parse("/")).isEqualTo(CgroupIdentity.NONE);
        assertThat(IdentityParser.parse("")).isEqualTo(CgroupIdentity.NONE);
    }

    /** systemd writes an underscore before a name that the kernel could take for one of its files. */
    @Test
    void escapedUnitsAreNamedAsSystemctlNamesThem() {
        assertThat(IdentityParser.parse("/system.slice/_cgroup.service").unit()).isEqualTo("cgroup.service");
    }

    @Test
    void whatOnlyLooksAlikeIsNothing() {
        for (String path : List.of(
                "/docker/" + ID.substring(1),
                "/docker/" + ID + "0",
                "/docker/" + ID.toUpperCase(Locale.ROOT),
                "/docker/buildkit",
                "/lxc",
                "/lxc.payload",
                "/lxc.payload.",
                "/kubepods/other",
                "/besteffort/pod1",
                "/pod1",
                "/kubepods/pod",
                "/.slice",
                "/x y.service",
                "/" + "x".repeat(256) + ".service")) {
            assertThat(IdentityParser.parse(path)).as(path).isEqualTo(CgroupIdentity.NONE);
        }
    }

    @Test
    void namesAreUnescapedByteByByte() {
        assertThat(UnitName.unescape("a\\x2db\\xc3\\xbc-c")).isEqualTo("a-b\u00fc-c");
        assertThat(UnitName.unescape("\\x\\x2\\xzz\\\\")).isEqualTo("\\x\\x2\\xzz\\\\");
        assertThat(UnitName.unescape("\ud83d\ude00\\x41")).isEqualTo("\ud83d\ude00A");
        assertThat(UnitName.unescape("\\xff")).isEqualTo("\ufffd");
    }

    @Test
    void noPathMakesItFail() {
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            String path = i % 4 == 0 ? bytes(random) : pieces(random);
            assertThatCode(() -> IdentityParser.parse(path)).as(path).doesNotThrowAnyException();
        }
    }

    /** Whatever it makes of a path, ids are ids, and a name is never there without what it names. */
    @Test
    void whatItTellsFitsTogether() {
        Random random = new Random(2);
        List<CgroupIdentity> told = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            String path = pieces(random);
            CgroupIdentity identity = IdentityParser.parse(path);
            told.add(identity);
            assertThat(identity.containerId().isEmpty() && !identity.runtime().isEmpty())
                    .as(path)
                    .isFalse();
            assertThat(identity.containerId().isEmpty()
                            && !identity.containerName().isEmpty())
                    .as(path)
                    .isFalse();
            assertThat(identity.qosClass().isEmpty() && !identity.podUid().isEmpty())
                    .as(path)
                    .isFalse();
            assertThat(identity.podName() + identity.podNamespace()).isEmpty();
            assertThat(identity.slice()).doesNotContain("/");
            assertThat(identity.unit()).doesNotContain("/");
        }
        assertThat(told).anyMatch(identity -> !identity.containerId().isEmpty());
        assertThat(told).anyMatch(identity -> !identity.podUid().isEmpty());
    }

    /** A path a thousand times as long as the kernel allows takes milliseconds, not the square of that. */
    @Test
    @Timeout(20)
    void timeGrowsWithTheLengthOnly() {
        for (String piece : List.of(
                "/a",
                "/machine-\\x2d\\x2d.scope",
                "/kubepods-burstable-pod1.slice",
                "\\x2d",
                "-kubepods",
                ".slice:",
                "/lxc")) {
            String path = "/machine-" + piece.repeat(4_000_000 / piece.length()) + ".scope";
            long start = System.nanoTime();
            IdentityParser.parse(path);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as(piece).isLessThan(Duration.ofSeconds(2));
        }
    }

    private static String pieces(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(12); i >= 0; i--) {
            path.append(random.nextInt(3) == 0 ? "/" : "").append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return path.toString();
    }

    private static String bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(60)];
        random.nextBytes(bytes);
        return new String(bytes, random.nextBoolean() ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }
}
