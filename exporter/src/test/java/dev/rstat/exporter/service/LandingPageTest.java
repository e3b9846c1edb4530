// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.CollectorSchema;
import dev.rstat.collectors.SnapshotFixture;
import dev.rstat.exporter.snapshot.Reading;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LandingPageTest {
    private static final String HOSTILE = "<script>alert('\"&\"')</script>";
    private static final String ESCAPED = "&lt;script&gt;alert(&#39;&quot;&amp;&quot;&#39;)&lt;/script&gt;";

    @Test
    void whatCollectorsSayOfThemselvesIsEscaped() {
        CollectorSchema schema =
                new CollectorSchema("odd", HOSTILE, List.of(SnapshotFixture.counter("odd", "cgroup_odd_total", 0)), 1);
        String html = LandingPage.html(
                "/metrics",
                new Reading.Taken(
                        new SnapshotFixture()
                                .cgroups("/")
                                .collector(schema, Map.of())
                                .failure("other", HOSTILE)
                                .build(),
                        List.of()));
        assertThat(html).doesNotContain("<script>").containsSubsequence("<b>odd</b>", ESCAPED, "<b>other</b>", ESCAPED);
    }

    @Test
    void soIsTheReasonOfAFailure() {
        assertThat(LandingPage.html("/metrics", new Reading.Failed(HOSTILE)))
                .doesNotContain("<script>")
                .contains(ESCAPED);
    }

    @Test
    void soIsTheAddressOfALink() {
        assertThat(LandingPage.html("/\"><b>", new Reading.Failed("x"))).contains("href=\"/&quot;&gt;&lt;b&gt;\"");
    }
}
