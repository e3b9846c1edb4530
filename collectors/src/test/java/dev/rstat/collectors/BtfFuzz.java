// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import dev.rstat.fuzz.FuzzTarget;
import java.nio.ByteBuffer;
import java.util.List;

/** Types as an object or a kernel may have them: whatever is wrong with them is said. */
public final class BtfFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "btf";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(SmallObject.btf());
    }

    @Override
    public int longest() {
        return 4096;
    }

    @Override
    public void run(byte[] input) {
        Btf btf;
        try {
            btf = Btf.parse(ByteBuffer.wrap(input));
        } catch (RstatException said) {
            return;
        }
        List<Runnable> questions = List.of(
                btf::functions,
                () -> btf.callbackParameters("btf_trace_"),
                () -> btf.variables(".rodata"),
                () -> btf.lengthOfMapValue("cells").ifPresent(at -> {
                    FuzzTarget.require(at >= 0 && at + Integer.BYTES <= input.length, "a length outside of the blob");
                }),
                () -> btf.struct("rstat_histogram")
                        .ifPresent(struct -> struct.fields().forEach(field -> {
                            var _ = btf.isU64(field);
                            var _ = btf.struct(field);
                        })),
                () -> schema(btf));
        for (Runnable question : questions) {
            try {
                question.run();
            } catch (RstatException said) {
                // So it shall be.
            }
        }
    }

    /** What loading and reading rely on. */
    static void schema(Btf btf) {
        CollectorSchema schema = CollectorSchema.of(btf);
        FuzzTarget.require(CollectorSchema.isName(schema.name()), "a name that is none");
        FuzzTarget.require(!schema.metrics().isEmpty(), "a collector that counts nothing");
        for (Metric metric : schema.metrics()) {
            FuzzTarget.require(
                    metric.firstWord() >= 0
                            && metric.firstWord() + metric.type().words() <= schema.words(),
                    "a metric outside of its struct");
        }
        List<String> broken = CollectorRules.broken(btf, schema);
        FuzzTarget.require(broken.stream().noneMatch(String::isBlank), "a mistake without words");
    }
}
