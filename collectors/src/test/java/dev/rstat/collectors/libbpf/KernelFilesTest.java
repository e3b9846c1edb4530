// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFilesTest {
    private final KernelFiles files = new KernelFiles();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private int open(long inode) {
        return files.openDirectory(KernelFiles.name(directory.toString()), inode);
    }

    private long inode() throws IOException {
        return (long) Files.getAttribute(directory, "unix:ino");
    }

    /** Also where what was read before was longer. */
    @Test
    void filesOfAnyLengthAreReadWholeAndFromTheirBeginning() throws IOException {
        int here = open(inode());
        for (int length : new int[] {5, 16_383, 16_384, 16_385, 200_000, 0, 7}) {
            byte[] content = new byte[length];
            new Random(length).nextBytes(content);
            Files.write(directory.resolve("file"), content);
            int fd = files.open(here, KernelFiles.name("file"));
            for (int again = 0; again < 2; again++) {
                assertThat(files.read(fd)).isEqualTo(length);
                assertThat(Arrays.copyOf(files.bytes(), length)).isEqualTo(content);
            }
            files.close(fd);
        }
        files.close(here);
    }

    @Test
    void whatIsNotThereIsAbsent() throws IOException {
        assertThat(files.openDirectory(KernelFiles.name(directory + "/none"), 1))
                .isEqualTo(KernelFiles.ABSENT);
        int here = open(inode());
        assertThat(files.open(here, KernelFiles.name("none"))).isEqualTo(KernelFiles.ABSENT);
        files.close(here);
    }

    @Test
    void aDirectoryThatIsAnotherIsAbsentAndNotLeftOpen() throws IOException {
        assertThat(open(inode() + 1)).isEqualTo(KernelFiles.ABSENT);
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                // What cannot be looked at is closed by now: the stream's own.
                assertThat(Files.exists(descriptor)
                                && Files.readSymbolicLink(descriptor).equals(directory))
                        .isFalse();
            }
        }
    }

    @Test
    void allElseIsAnError() {
        assertThatThrownBy(() -> files.read(-1))
                .isInstanceOf(RstatException.class)
                .hasMessageStartingWith("cannot read a cgroup's file: ")
                .hasMessageContaining("errno 9");
    }

    @Test
    void thereIsALimitOfDescriptors() {
        assertThat(KernelFiles.descriptorLimit()).isGreaterThan(100);
    }
}
