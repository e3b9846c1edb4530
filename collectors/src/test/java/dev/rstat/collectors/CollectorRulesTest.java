// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.btf.Btf;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Every rule a collector can break is said with the field and the cure; what comes with this program breaks none. */
class CollectorRulesTest {
    private static final List<String> PROGRAMS = List.of("rstat_flush", "count");

    private static Btf testObject(String name) throws IOException {
        try (InputStream in = CollectorRulesTest.class.getResourceAsStream("/dev/rstat/bpf/test/" + name + ".bpf.o")) {
            return Btf.parse(CollectorSchemaTest.btf(Objects.requireNonNull(in).readAllBytes()));
        }
    }

    private static List<String> broken(Btf btf) {
        return CollectorRules.broken(btf, CollectorSchema.of(btf), PROGRAMS);
    }

    @Test
    void builtInCollectorsBreakNoneAndDoNotCollide() {
        Map<String, String> exposed = new HashMap<>();
        for (String name : BuiltIn.collectors()) {
            Btf btf = Btf.parse(CollectorSchemaTest.btf(BuiltIn.object(name)));
            assertThat(broken(btf)).as(name).isEmpty();
            CollectorSchema schema = CollectorSchema.of(btf);
            assertThat(CollectorRules.collision(schema, exposed)).isEmpty();
            CollectorRules.expose(schema, exposed);
        }
    }

    @Test
    void everyMistakeIsSaidWithItsFieldAndItsCure() throws IOException {
        assertThat(broken(testObject("tagged")))
                .satisfiesExactlyInAnyOrder(
                        says("tagged.unknown", "rstat:foo", "RSTAT_METRIC"),
                        says("tagged.twice", "two tags rstat:help", "one RSTAT_METRIC"),
                        says("tagged.nanoseconds", "cgroup_waits_total", "needs _seconds"),
                        says("tagged.silent", "no help", "sentence"),
                        says("tagged.two", "tagged.one", "cgroup_same_total", "rename"),
                        says("tagged.reserved", "rstat_flushes_total", "name it cgroup_tagged_"),
                        says("tagged.a_name_too_long", "stats files", "shorten"));
    }

    @Test
    void valuesThatTheKernelHasNoRoomForAreCounted() throws IOException {
        assertThat(broken(testObject("large")))
                .satisfiesExactly(says("struct large is too large", "32768 bytes", "33808", "at most 2047 words"));
    }

    @Test
    void whatCountsNothingIsSaid() throws IOException {
        Btf btf = testObject("good");
        assertThat(broken(btf)).isEmpty();
        assertThat(CollectorRules.broken(btf, CollectorSchema.of(btf), List.of("rstat_flush")))
                .satisfiesExactly(says("good has no program of its own"));
    }

    @Test
    void aMetricOfAnotherCollectorIsSaid() throws IOException {
        Map<String, String> exposed = new HashMap<>();
        CollectorRules.expose(
                CollectorSchema.of(Btf.parse(CollectorSchemaTest.btf(BuiltIn.object("attach")))), exposed);
        assertThat(CollectorRules.collision(CollectorSchema.of(testObject("colliding")), exposed)
                        .orElse(""))
                .contains("colliding.attaches", "collector attach", "cgroup_attaches_total");
    }

    private static java.util.function.Consumer<String> says(String... words) {
        return mistake -> assertThat(mistake).contains(words);
    }
}
