// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is no BPF object, or not all of one, is said to be that. */
class ElfObjectTest {
    private static final byte[] WHOLE = BuiltIn.object("attach");

    @Test
    void aWholeObjectIsOne() {
        assertThatCode(() -> ElfObject.check(WHOLE)).doesNotThrowAnyException();
    }

    @Test
    void whereverItIsCutIsSaid() {
        for (int length = 1; length < WHOLE.length; length += length < 512 ? 1 : 511) {
            byte[] part = Arrays.copyOf(WHOLE, length);
            assertThatThrownBy(() -> ElfObject.check(part))
                    .as("%d bytes", length)
                    .isInstanceOf(RstatException.class)
                    .hasMessageContaining(length < 4 ? "no BPF object" : "cut short")
                    .hasMessageContaining("rstat collector build");
        }
        assertThatThrownBy(() -> ElfObject.check(new byte[0])).hasMessageContaining("empty");
    }

    @Test
    void otherFilesAreNone() {
        assertThatThrownBy(() -> ElfObject.check("#include \"rstat.h\"\n".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("no BPF object");
        byte[] program = WHOLE.clone();
        program[18] = 62;
        assertThatThrownBy(() -> ElfObject.check(program)).hasMessageContaining("for machine 62, not for BPF");
        byte[] swapped = WHOLE.clone();
        swapped[5] ^= 3;
        assertThatThrownBy(() -> ElfObject.check(swapped)).hasMessageContaining("byte order");
    }

    @Test
    void damagedHeadersAreRefusedOrLeftToLibbpfButNeverCrash() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = WHOLE.clone();
            for (int n = random.nextInt(6); n >= 0; n--) {
                bad[random.nextInt(2) == 0 ? random.nextInt(64) : bad.length - 1 - random.nextInt(1024)] =
                        (byte) random.nextInt();
            }
            try {
                ElfObject.check(bad);
            } catch (RstatException told) {
                refused++;
            } catch (RuntimeException crash) {
                throw new AssertionError("seed %d, round %d".formatted(seed, i), crash);
            }
        }
        assertThat(refused).isPositive();
    }
}
