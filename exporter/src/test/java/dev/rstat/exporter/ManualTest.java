// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What packages install beside the command. */
class ManualTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void write() throws IOException {
        Manual.write(directory, LocalDate.of(2026, 11, 23));
    }

    @Test
    void everyCommandHasAPage() throws IOException {
        try (Stream<Path> pages = Files.list(directory.resolve("man1"))) {
            assertThat(pages.map(page -> page.getFileName().toString()))
                    .contains("rstat.1", "rstat-load.1", "rstat-serve.1", "rstat-files-path.1", "rstat-policy-grant.1");
        }
    }

    @Test
    void aPageSaysWhatHelpSays() throws IOException {
        String page = Files.readString(directory.resolve("man1/rstat-load.1"));
        assertThat(page)
                .startsWith(".TH \"RSTAT\\-LOAD\" \"1\" \"2026\\-11\\-23\" ")
                .contains(
                        ".SH \"NAME\"\n\\&rstat\\-load \\- load the collectors into the kernel\n",
                        ".B \"rstat load\"\n\\&[OPTIONS]\n",
                        ".TP\n.B \"\\-\\-pin\\-root=DIR\"\n\\&The bpffs mount that holds what is loaded. Default: /run/rstat.\n",
                        ".B \"\\-\\-no\\-collector.attach\"\n",
                        "\\&  sudo rstat load \\-\\-no\\-collector.attach\n",
                        ".SH \"SEE ALSO\"\n\\&rstat(1)\n")
                .doesNotContain("${", "%n");
    }

    /** Man would take a line with one of these in front for a macro. */
    @Test
    void noTextIsTakenForAMacro() throws IOException {
        List<String> unknown;
        try (Stream<Path> pages = Files.list(directory.resolve("man1"))) {
            unknown = pages.flatMap(ManualTest::lines)
                    .filter(line -> line.startsWith("'")
                            || (line.startsWith(".") && !line.matches("\\.(TH|nh|SH|TP|B|PP|nf|fi)( \".*\")?")))
                    .toList();
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void completionKnowsCommandsAndOptions() throws IOException {
        assertThat(directory.resolve("rstat.bash"))
                .content()
                .contains("run load serve unload", "--web.listen-address", "-o default rstat");
    }

    private static Stream<String> lines(Path page) {
        try {
            return Files.readAllLines(page).stream();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
