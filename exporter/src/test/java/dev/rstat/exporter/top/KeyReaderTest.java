// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.exporter.top.Key.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyReaderTest {
    /** In the place of a while in which nothing comes. */
    private static final char PAUSE = '\uffff';

    @Test
    void sequencesOfBothKindsAreKeys() throws IOException {
        assertThat(kinds("\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[1~\u001b[F\u001bOM\u001b[D\u001b[1;5C"))
                .containsExactly(
                        Kind.UP,
                        Kind.DOWN,
                        Kind.PAGE_UP,
                        Kind.PAGE_DOWN,
                        Kind.HOME,
                        Kind.END,
                        Kind.ENTER,
                        Kind.LEFT,
                        Kind.RIGHT);
    }

    @Test
    void anEscapeAloneIsEscape() throws IOException {
        assertThat(kinds("\u001b" + PAUSE + "q")).containsExactly(Kind.ESCAPE, Kind.CHARACTER);
        assertThat(kinds("\u001b")).containsExactly(Kind.ESCAPE);
    }

    @Test
    void whatNobodyKnowsIsOneKeyAndNotItsLetters() throws IOException {
        assertThat(kinds("\u001b[200~\u001b[?1;2c\u001bx\u0001"))
                .containsOnly(Kind.OTHER)
                .hasSize(4);
        assertThat(kinds("\u001b[1;" + PAUSE + "q")).containsExactly(Kind.OTHER, Kind.CHARACTER);
    }

    @Test
    void charactersBeyondSixteenBitsAreOne() throws IOException {
        assertThat(keys("q\ud83d\ude00\u007f\r\f\t"))
                .containsExactly(
                        Key.of('q'),
                        Key.of(0x1f600),
                        Key.of(Kind.BACKSPACE),
                        Key.of(Kind.ENTER),
                        Key.of(Kind.REDRAW),
                        Key.of(Kind.TAB));
        assertThat(kinds("\ud83d")).containsExactly(Kind.OTHER);
    }

    private static List<Kind> kinds(String sent) throws IOException {
        return keys(sent).stream().map(Key::kind).toList();
    }

    private static List<Key> keys(String sent) throws IOException {
        int[] at = {0};
        KeyReader reader = new KeyReader(milliseconds -> {
            if (at[0] == sent.length()) {
                return milliseconds == 0 ? KeyReader.Source.END : KeyReader.Source.NONE;
            }
            char next = sent.charAt(at[0]++);
            return next == PAUSE ? KeyReader.Source.NONE : next;
        });
        List<Key> keys = new ArrayList<>();
        for (Key key = reader.read(); key != null; key = reader.read()) {
            keys.add(key);
        }
        return keys;
    }
}
