// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.parser.Parser;
import org.junit.jupiter.api.Test;

/** README's table of faults names tests that are there. */
class FaultTableTest {
    private static final Path PROJECT = Path.of("..");

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        List<String> named = new ArrayList<>();
        Parser.builder()
                .build()
                .parse(Files.readString(PROJECT.resolve("README.md")))
                .accept(new AbstractVisitor() {
                    @Override
                    public void visit(Code code) {
                        if (code.getLiteral().contains("Test#")) {
                            named.add(code.getLiteral());
                        }
                    }
                });
        assertThat(named).hasSizeGreaterThan(15);
        for (String test : named) {
            int hash = test.indexOf('#');
            String method = " void %s(".formatted(test.substring(hash + 1));
            assertThat(source(test.substring(0, hash) + ".java")).as(test).contains(method);
        }
    }

    private static String source(String file) throws IOException {
        for (String module : List.of("collectors/src", "exporter/src")) {
            try (Stream<Path> paths = Files.walk(PROJECT.resolve(module))) {
                List<Path> found = paths.filter(path -> path.endsWith(file)).toList();
                if (!found.isEmpty()) {
                    return Files.readString(found.getFirst());
                }
            }
        }
        throw new AssertionError("no " + file);
    }
}
