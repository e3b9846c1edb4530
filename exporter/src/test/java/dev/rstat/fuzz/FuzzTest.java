// SPDX-License-Identifier: Apache-2.0
package dev.rstat.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each target's seeds, among them all inputs that ever were a finding, and what is near them. {@code ./rstat test fuzz} goes further. */
class FuzzTest {
    private static final int MOST = 20_000;
    private static final long NANOSECONDS = 500_000_000;

    static Stream<FuzzTarget> targets() {
        return FuzzTarget.all().stream();
    }

    @Test
    void thoseOfBothModulesAreThere() {
        assertThat(targets().map(FuzzTarget::name))
                .doesNotHaveDuplicates()
                .contains("btf", "object", "paths", "cgroup-files", "scrape", "files", "otlp-config");
    }

    @ParameterizedTest
    @MethodSource("targets")
    void seedsAndWhatIsNearThem(FuzzTarget target) {
        BoundedRun run = new BoundedRun(target);
        List<byte[]> seeds = target.seeds();
        seeds.forEach(seed -> run(run, seed));
        run(run, new byte[0]);
        Random random = new Random(System.nanoTime());
        long end = System.nanoTime() + NANOSECONDS;
        for (int i = 0; i < MOST && System.nanoTime() < end; i++) {
            run(run, near(seeds, target.longest(), random));
        }
    }

    private static void run(BoundedRun run, byte[] input) {
        try {
            run.of(input);
        } catch (RuntimeException | Error found) {
            fail("with the input " + HexFormat.of().formatHex(input), found);
        }
    }

    /** Some bytes of a seed changed, left out, doubled, or followed by the end of another. */
    private static byte[] near(List<byte[]> seeds, int longest, Random random) {
        byte[] near = seeds.get(random.nextInt(seeds.size())).clone();
        for (int change = random.nextInt(4); change >= 0 && near.length > 0; change--) {
            int at = random.nextInt(near.length);
            switch (random.nextInt(5)) {
                case 0 -> near[at] = (byte) random.nextInt();
                case 1 -> near[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
                case 2 -> near = join(near, at, near, Math.min(near.length, at + 1 + random.nextInt(8)));
                case 3 -> near = join(near, at, near, Math.max(0, at - random.nextInt(8)));
                default -> {
                    byte[] other = seeds.get(random.nextInt(seeds.size()));
                    near = join(near, at, other, random.nextInt(other.length + 1));
                }
            }
        }
        return near.length <= longest ? near : Arrays.copyOf(near, longest);
    }

    private static byte[] join(byte[] head, int length, byte[] tail, int from) {
        byte[] joined = Arrays.copyOf(head, length + tail.length - from);
        System.arraycopy(tail, from, joined, length, tail.length - from);
        return joined;
    }
}
