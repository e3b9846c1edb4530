// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Every rule a collector can break is said with the field and the cure; what comes with this program breaks none. */
class CollectorRulesTest {
    private static CollectorObject testObject(String name) throws IOException {
        try (InputStream in = CollectorRulesTest.class.getResourceAsStream("/dev/rstat/bpf/test/" + name + ".bpf.o")) {
            return CollectorObject.parse(Objects.requireNonNull(in).readAllBytes());
        }
    }

    private static List<String> broken(CollectorObject object) {
        return CollectorRules.broken(object.btf(), object.schema());
    }

    @Test
    void builtInCollectorsMakeNoneAndDoNotCollide() {
        Exposed exposed = new Exposed();
        for (String name : BuiltIn.collectors()) {
            CollectorObject object = CollectorObject.parse(BuiltIn.object(name));
            assertThat(broken(object)).as(name).isEmpty();
            exposed.refuseCollision(object.schema());
            exposed.add(object.schema());
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
                        says("tagged.histogram", "tagged.sum", "cgroup_same_sum", "rename"),
                        says("tagged.a_name_too_long", "stats files", "shorten"));
    }

    @Test
    void valuesThatTheKernelHasNoRoomForAreCounted() throws IOException {
        assertThat(broken(testObject("large")))
                .satisfiesExactly(
                        says("struct large is too large", "32768 bytes", "at most 2047 words"),
                        says("too many values for a stats file", "two collectors"));
        assertThat(broken(testObject("good"))).isEmpty();
    }

    @Test
    void aMetricOfAnotherCollectorOrOfTheExporterIsSaid() throws IOException {
        Exposed exposed = new Exposed();
        exposed.add(CollectorObject.parse(BuiltIn.object("attach")).schema());
        CollectorSchema colliding = testObject("colliding").schema();
        assertThatThrownBy(() -> exposed.refuseCollision(colliding))
                .hasMessageContainingAll("colliding.attaches", "collector attach", "cgroup_attaches_total");
        assertThatThrownBy(() -> new Exposed()
                        .refuseCollision(new CollectorSchema(
                                "own",
                                "",
                                List.of(new Metric(
                                        "f", "rstat_f_total", Metric.Type.COUNTER, Metric.Unit.NONE, "F.", 0)),
                                1)))
                .hasMessageContainingAll("own.f", "the exporter itself", "rstat_f_total");
    }

    private static java.util.function.Consumer<String> says(String... words) {
        return mistake -> assertThat(mistake).contains(words);
    }
}
