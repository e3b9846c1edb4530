// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.exporter.live.Frame;
import java.io.StringWriter;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FrameJsonTest {
    @Test
    void allOfAnIntervalIsThere() {
        assertThat(json(TopFixture.frame("/", "/batch", "/batch/noisy", "/web", "/web/idle", "/web/quiet"), 5))
                .startsWith(
                        "{\"format\":1,\"time\":\"1970-01-02T00:00:02Z\",\"interval_seconds\":2.0,\"consistent\":true,\"failures\":{},\"stats\":[{\"key\":\"runqueue_latency\",\"title\":\"runqueue latency\",\"unit\":\"seconds/second\",\"collector\":\"runqueue\",\"help\":\"Time tasks were runnable before they ran.\"},")
                .contains(
                        "{\"id\":6,\"path\":\"/web/quiet\",\"parent\":4,\"depth\":2,\"values\":{\"runqueue_latency\":1.0,\"runqueue_latency.p99\":0.0615625")
                .contains("\"cpu\":0.1,\"memory\":1572864.0,\"delayed_by\":1.0,")
                .endsWith(
                        "\"observations\":{\"runqueue_latency\":[{\"le\":0.0078125,\"count\":40},{\"le\":0.0625,\"count\":20}]},\"by\":{\"delayed_by\":[{\"cgroup\":\"/batch/noisy\",\"value\":0.9},{\"cgroup\":\"(other)\",\"value\":0.1}]}}]}\n");
    }

    @Test
    void onlyThoseAskedForAndTheRootHasNoParent() {
        assertThat(json(TopFixture.frame(), 0))
                .contains("{\"id\":1,\"path\":\"/\",\"parent\":null,\"depth\":0,")
                .doesNotContain("\"path\":\"/web\"");
    }

    @Test
    void namesAreEscaped() {
        assertThat(json(TopFixture.frame("/", "/\u001b\"<script>\n"), 1))
                .contains("\"path\":\"/\\u001B\\\"<script>\\n\"");
    }

    private static String json(Frame frame, int... cgroups) {
        boolean[] chosen = new boolean[frame.cgroups().size()];
        Arrays.stream(cgroups).forEach(cgroup -> chosen[cgroup] = true);
        StringWriter text = new StringWriter();
        FrameJson.write(frame, chosen, text);
        return text.toString();
    }
}
