// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.libbpf.BpfObject;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Random;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The buckets that BPF counts in are those whose bounds Java exposes: checked in exact arithmetic, on and beside every bound. */
@Tag("kernel")
class BucketsKernelTest {
    /** {@code struct bpf_test_run_opts} of bpf/bpf.h. */
    private static final int OPTIONS_SIZE = 72;

    private static final int CTX_IN = 32;
    private static final int CTX_SIZE_IN = 48;
    private static final int RETVAL = 56;

    /** What only this test calls. */
    public interface TestRun {
        int bpf_prog_test_run_opts(int program, Pointer options);
    }

    private static int bucket(TestRun library, int program, long value, Metric.Unit unit) {
        Pointer question = Memory.allocateDirect(Runtime.getSystemRuntime(), 16, true);
        question.putLong(0, value);
        question.putLong(8, unit == Metric.Unit.NANOSECONDS ? 1 : 0);
        Pointer options = Memory.allocateDirect(Runtime.getSystemRuntime(), OPTIONS_SIZE, true);
        options.putLong(0, OPTIONS_SIZE);
        options.putPointer(CTX_IN, question);
        options.putInt(CTX_SIZE_IN, 16);
        assertThat(library.bpf_prog_test_run_opts(program, options)).isZero();
        return options.getInt(RETVAL);
    }

    /** By definition: the first bucket whose bound, in the exposed unit, is not below the value. */
    private static int expected(Metric metric, long value) {
        BigDecimal exact = new BigDecimal(Long.toUnsignedString(value));
        BigDecimal perBase = BigDecimal.valueOf((long) metric.unit().perBaseUnit());
        int bucket = 0;
        while (bucket < Metric.BUCKETS - 1
                && exact.compareTo(new BigDecimal(metric.upperBound(bucket)).multiply(perBase)) > 0) {
            bucket++;
        }
        return bucket;
    }

    @Test
    void everyValueFallsInTheBucketThatLeSays() throws IOException {
        TestRun library = LibraryLoader.create(TestRun.class).load("libbpf.so.1");
        long seed = System.nanoTime();
        try (InputStream in = BucketsKernelTest.class.getResourceAsStream("/dev/rstat/bpf/test/buckets.bpf.o");
                BpfObject object =
                        BpfObject.open("buckets", Objects.requireNonNull(in).readAllBytes())) {
            object.load();
            int program = object.program("bucket").orElseThrow().fd();
            for (Metric.Unit unit : Metric.Unit.values()) {
                Metric metric = new Metric("f", "m", Metric.Type.HISTOGRAM, unit, "", 0);
                for (int i = 0; i < Metric.BUCKETS - 1; i++) {
                    for (long beside = -2; beside <= 2; beside++) {
                        check(library, program, metric, Math.max(0, metric.upperBoundFloor(i) + beside), seed);
                    }
                }
                Random random = new Random(seed);
                for (int i = 0; i < 2000; i++) {
                    check(library, program, metric, random.nextLong() >>> random.nextInt(64), seed);
                }
                check(library, program, metric, -1, seed);
            }
        }
    }

    private static void check(TestRun library, int program, Metric metric, long value, long seed) {
        assertThat(bucket(library, program, value, metric.unit()))
                .as("%s %s, seed %d", Long.toUnsignedString(value), metric.unit(), seed)
                .isEqualTo(expected(metric, value));
    }
}
