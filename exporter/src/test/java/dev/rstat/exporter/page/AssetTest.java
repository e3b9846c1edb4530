// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssetTest {
    private static final Pattern REFERENCE =
            Pattern.compile("(?:from \"\\./|(?:src|href)=\"page/)([A-Za-z0-9/._-]+)\"");

    private static String text(String name) {
        return new String(Asset.of(name).orElseThrow().bytes(), UTF_8);
    }

    @Test
    void allThatThePageRefersToIsThere() {
        Set<String> referred = new HashSet<>(Set.of(Asset.INDEX));
        for (String name : Asset.names()) {
            assertThat(Asset.of(name)).as(name).isPresent();
            if (!name.startsWith("lib/")) {
                for (Matcher matcher = REFERENCE.matcher(text(name)); matcher.find(); ) {
                    referred.add(matcher.group(1));
                }
            }
        }
        assertThat(referred).containsExactlyInAnyOrderElementsOf(Asset.names());
    }

    /** Data gets into the page as text only, and nothing comes from elsewhere. */
    @Test
    void ourScriptsHaveNoWayToTurnDataIntoMarkup() {
        for (String name : Asset.names()) {
            if (!name.startsWith("lib/") && !name.endsWith(".svg")) {
                assertThat(text(name))
                        .as(name)
                        .doesNotContain(
                                "innerHTML",
                                "outerHTML",
                                "insertAdjacentHTML",
                                "document.write",
                                "eval(",
                                "new Function",
                                "http://",
                                "https://",
                                "style=\"",
                                "onclick=");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nothing.js",
                "../page/app.js",
                "/etc/passwd",
                "Live.class",
                "lib/uplot/../../app.js",
                "lib/d3-hierarchy"
            })
    void nothingElseOfTheClassPathIsServed(String name) {
        assertThat(Asset.of(name)).isEmpty();
    }
}
