// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.Collector;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextBufferTest {
    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                10,
                123,
                9_999_999,
                10_000_000,
                10_000_001,
                12_345_678,
                100_000_000,
                999_999_999_999_999L,
                1_000_000_000_000_000L,
                (1L << 53) - 1,
                1L << 53,
                (1L << 53) + 1,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1025,
                -1
            })
    void numbersAreWrittenAsSimpleclientWritesThem(long word) {
        for (int scale : new int[] {0, 9}) {
            assertThat(written(word, scale)).isEqualTo(expected(word, scale));
        }
    }

    @Test
    void soAreRandomNumbersOfEveryLength() {
        Random random = new Random(42);
        for (int i = 0; i < 200_000; i++) {
            long word = random.nextLong() >>> random.nextInt(64);
            int scale = random.nextBoolean() ? 0 : 9;
            assertThat(written(word, scale)).as("%d, %d", word, scale).isEqualTo(expected(word, scale));
        }
    }

    @Test
    void soAreRoundNumbers() {
        for (long power = 1; power <= 1_000_000_000_000_000_000L / 10; power *= 10) {
            for (long digit = 1; digit <= 9; digit++) {
                for (int scale = 0; scale <= 9; scale++) {
                    assertThat(written(digit * power, scale)).isEqualTo(expected(digit * power, scale));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"-1", "-1024", "-1025", "-3073", "-9223372036854775808", "-9223372036854774783"})
    void unsignedWordsAreRoundedToTheNearestDouble(long word) {
        double nearest = new BigInteger(Long.toUnsignedString(word)).doubleValue();
        assertThat(Words.toDouble(word, 0)).isEqualTo(nearest);
    }

    @Test
    void whatIsTakenIsNotOverwritten() {
        TextBuffer buffer = new TextBuffer(1);
        buffer.append("first".getBytes(US_ASCII));
        byte[] first = buffer.take();
        buffer.append("2".getBytes(US_ASCII));
        byte[] second = buffer.take();
        assertThat(first).asString(US_ASCII).isEqualTo("first");
        assertThat(second).asString(US_ASCII).isEqualTo("2");
        assertThat(buffer.length()).isZero();
    }

    private static String written(long word, int scale) {
        TextBuffer buffer = new TextBuffer(4);
        buffer.appendNumberLine(word, scale);
        String line = new String(buffer.take(), US_ASCII);
        assertThat(line).endsWith("\n");
        return line.substring(0, line.length() - 1);
    }

    private static String expected(long word, int scale) {
        double value = new BigInteger(Long.toUnsignedString(word)).doubleValue();
        return Collector.doubleToGoString(value / Math.pow(10, scale));
    }
}
