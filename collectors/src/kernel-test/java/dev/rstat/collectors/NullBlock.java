// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A block device made for a test: the kernel's null_blk, with the attributes of its documentation (block/null_blk.rst). Needs the module.
 */
public final class NullBlock implements AutoCloseable {
    private static final Path CONFIGFS = Path.of("/sys/kernel/config");
    private static final Path BLOCK = Path.of("/sys/block");
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path item;
    private final String name;

    private NullBlock(Path item, String name) {
        this.item = item;
        this.name = name;
    }

    /** Of 256 MiB, with one hardware queue, unless the attributes say otherwise. */
    public static NullBlock create(Map<String, String> attributes) {
        try {
            if (!Files.exists(CONFIGFS.resolve("nullb"))
                    && Native.c().mount("configfs", CONFIGFS.toString(), "configfs", 0, "") != 0) {
                throw new AssertionError("cannot mount configfs");
            }
            Set<String> before = devices();
            Path item = Files.createDirectory(CONFIGFS.resolve("nullb/rstat" + COUNT.incrementAndGet()));
            Files.writeString(item.resolve("size"), "256");
            Files.writeString(item.resolve("submit_queues"), "1");
            for (Map.Entry<String, String> attribute : attributes.entrySet()) {
                Files.writeString(item.resolve(attribute.getKey()), attribute.getValue());
            }
            Files.writeString(item.resolve("power"), "1");
            Set<String> made = new HashSet<>(devices());
            made.removeAll(before);
            NullBlock device = new NullBlock(item, made.iterator().next());
            Await.until("device node", Duration.ofSeconds(10), () -> Files.exists(device.path()));
            return device;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Set<String> devices() throws IOException {
        try (Stream<Path> devices = Files.list(BLOCK)) {
            return devices.map(device -> device.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    public Path path() {
        return Path.of("/dev", name);
    }

    /** Sets an attribute of the queue: Documentation/ABI/stable/sysfs-block. */
    public void queue(String attribute, String value) {
        try {
            Files.writeString(BLOCK.resolve(name).resolve("queue").resolve(attribute), value);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** What the kernel counted, as Documentation/block/stat.rst numbers it from 0. */
    public List<Long> stat() {
        try {
            return Arrays.stream(Files.readString(BLOCK.resolve(name).resolve("stat"))
                            .strip()
                            .split(" +", -1))
                    .map(Long::valueOf)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        try {
            Files.writeString(item.resolve("power"), "0");
            Files.delete(item);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
