// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** JUnit passes over a class that cannot be loaded, for want of a module of the guests' Java for instance, without a word. */
@Tag("kernel")
class TestClassesKernelTest {
    private static final String SUFFIX = "KernelTest.class";

    @Test
    void everyTestOfAKernelCanBeLoaded() throws Exception {
        List<String> names = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            names.addAll(classes(Path.of(entry)));
        }
        assertThat(names).contains("dev.rstat.collectors.TestClassesKernelTest", "dev.rstat.exporter.SoakKernelTest");
        for (String name : names) {
            // Not initialized: some of them ask the host at once for what only its own test makes.
            assertThat(Class.forName(name, false, getClass().getClassLoader()).getDeclaredMethods())
                    .as(name)
                    .isNotEmpty();
        }
    }

    private static List<String> classes(Path jar) throws IOException {
        if (!jar.toString().endsWith(".jar") || !Files.exists(jar)) {
            return List.of();
        }
        try (JarFile opened = new JarFile(jar.toFile())) {
            return opened.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith("dev/rstat/") && name.endsWith(SUFFIX))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .toList();
        }
    }
}
