// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;

/** Containers of the image, with the rights that deploy/README.md says they need, around a pin root of the tests' own. */
final class ImageContainers {
    static final String IMAGE = System.getProperty("rstat.image", "rstat-exporter:0.1.0");
    static final Path DEPLOY =
            Path.of(Objects.requireNonNull(System.getProperty("rstat.deploy"), "-Drstat.deploy=DIR"));
    static final int PORT = 9752;

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Path PIN_ROOT = Path.of("/run/rstat");
    private static final Path SOCKETS = Path.of("/run/rstat-files");

    /** What the host has at the place of the container's /run/rstat; beside it is the other directory. */
    private final Path pinRoot;

    ImageContainers(Path pinRoot) {
        this.pinRoot = pinRoot;
    }

    Path sockets() {
        return pinRoot.resolveSibling(pinRoot.getFileName() + "-files");
    }

    /** A command of root's, with what it takes to load; returns when it has ended well. */
    void runAsLoader(String... command) {
        try (GenericContainer<?> loader = new GenericContainer<>(IMAGE)) {
            loader.withCommand(command)
                    .withStartupCheckStrategy(new OneShotStartupCheckStrategy().withTimeout(PATIENCE))
                    .withLogConsumer(frame -> System.out.print(frame.getUtf8String()))
                    .withCreateContainerCmdModifier(creation -> creation.withUser("0:0"));
            configure(
                    loader,
                    host -> host.withCapAdd(
                                    Capability.SYS_ADMIN,
                                    Capability.CHOWN,
                                    Capability.DAC_OVERRIDE,
                                    Capability.FOWNER,
                                    Capability.SETGID,
                                    Capability.SETUID)
                            .withSecurityOpts(List.of("no-new-privileges", "apparmor=unconfined"))
                            .withBinds(binds("rshared")));
            loader.start();
        }
    }

    /** The service with the rights that the compose file gives it, which has started when it has numbers to show. */
    GenericContainer<?> service(String... options) {
        return service(
                options,
                host -> host.withSecurityOpts(
                        List.of("no-new-privileges", "seccomp=" + text(DEPLOY.resolve("image/seccomp.json")))));
    }

    /** The same with the rights that the Helm chart gives it: the engine's own filter, and a cgroup namespace of its own. */
    GenericContainer<?> serviceAsInAPod(String... options) {
        return service(
                options,
                host -> host.withSecurityOpts(List.of("no-new-privileges"))
                        .withCapAdd(Capability.BPF)
                        .withCgroupnsMode("private"));
    }

    private GenericContainer<?> service(String[] options, Consumer<HostConfig> rights) {
        GenericContainer<?> service = new GenericContainer<>(IMAGE);
        service.withCommand(options)
                .withExposedPorts(PORT)
                .waitingFor(Wait.forHttp("/-/ready").forPort(PORT).withStartupTimeout(PATIENCE));
        configure(service, host -> rights.accept(host.withBinds(binds("rslave"))));
        return service;
    }

    private static void configure(GenericContainer<?> container, Consumer<HostConfig> more) {
        container.withCreateContainerCmdModifier(creation -> {
            HostConfig host = Objects.requireNonNull(creation.getHostConfig());
            more.accept(host.withReadonlyRootfs(true).withCapDrop(Capability.ALL));
        });
    }

    private List<Bind> binds(String propagation) {
        return Stream.of(
                        "%s:%s:ro".formatted(CGROUPS, CGROUPS),
                        "%s:%s".formatted(sockets(), SOCKETS),
                        "%s:%s:rw,%s".formatted(pinRoot, PIN_ROOT, propagation))
                .map(Bind::parse)
                .toList();
    }

    /** Lets a container see a file or folder of this host. Testcontainers' own way asks first, with an image more, whether that works. */
    static void bind(GenericContainer<?> container, Path host, String place) {
        container.withCreateContainerCmdModifier(creation -> {
            HostConfig configuration = Objects.requireNonNull(creation.getHostConfig());
            List<Bind> binds = new ArrayList<>(List.of(configuration.getBinds()));
            binds.add(Bind.parse("%s:%s".formatted(host, place)));
            configuration.withBinds(binds);
        });
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
