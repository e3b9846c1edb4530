// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.Await;
import dev.rstat.collectors.Host;
import dev.rstat.collectors.LoadedCollectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The demo shows real numbers and leaves nothing behind. */
@Tag("host")
class DemoHostTest {
    @RegisterExtension
    static final LoadedCollectors LOADED = new LoadedCollectors();

    private static long demoCgroups() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> cgroups = Files.newDirectoryStream(Host.cgroupRoot(), "rstat-demo*")) {
            for (Path cgroup : cgroups) {
                assertThat(cgroup).isDirectory();
                count++;
            }
        }
        return count;
    }

    @Test
    void theDemoEndsAfterItsTimeAndCleansUp() throws IOException {
        String out = InstalledCommand.run("demo", "--seconds=4").assertDone().out();
        assertThat(out).contains("rstat-demo");
        assertThat(demoCgroups()).isZero();
    }

    @Test
    void anInterruptedDemoCleansUpToo() throws Exception {
        Process demo = new ProcessBuilder(InstalledCommand.command("demo"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(
                        Files.createTempFile("demo", ".out").toFile()))
                .start();
        Await.until("the demo has made its cgroups", Duration.ofMinutes(2), () -> demoCgroups() == 1);
        Process interrupt = new ProcessBuilder("kill", "-INT", Long.toString(demo.pid())).start();
        assertThat(interrupt.waitFor()).isZero();
        assertThat(demo.waitFor(120, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(demoCgroups()).isZero();
        assertThat(new String(interrupt.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
    }
}
