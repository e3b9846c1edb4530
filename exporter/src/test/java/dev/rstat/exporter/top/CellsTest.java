// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u001b[2J\u001b]0;owned\u0007",
                "\u009b31mred",
                "a\nb\rc\td\u0000",
                "txt.\u202eexe",
                "zero\u200bwidth",
                "line\u2028separator",
                "\ud800alone",
                "\ue000private"
            })
    void nothingOfANameReachesTheTerminalButCharacters(String name) {
        String printable = Cells.printable(name);
        assertThat(printable.codePoints())
                .allMatch(codePoint -> codePoint >= ' ' && codePoint < 0x7f)
                .isNotEmpty();
        assertThat(Cells.width(printable)).isEqualTo(printable.length());
    }

    @Test
    void whatCanBeShownIsShownAsItIs() {
        for (String name :
                new String[] {"system.slice", "<script>alert(1)</script>", "日本語", "naïve", "a\\x2db.service"}) {
            assertThat(Cells.printable(name)).isEqualTo(name);
        }
        assertThat(Cells.printable("a\u001b[31mb")).isEqualTo("a\\x1b[31mb");
        assertThat(Cells.printable("a\u202eb")).isEqualTo("a\\u{202e}b");
    }

    @Test
    void wideCharactersTakeTwoCells() {
        assertThat(Cells.width("日本")).isEqualTo(4);
        assertThat(Cells.cut("日本語", 6)).isEqualTo("日本語");
        assertThat(Cells.cut("日本語", 5)).isEqualTo("日本~");
        // A half of one is nothing.
        assertThat(Cells.cut("日本語", 4)).isEqualTo("日~");
        assertThat(Cells.left("日本語", 4)).isEqualTo("日~ ");
        assertThat(Cells.right("日", 4)).isEqualTo("  日");
        assertThat(Cells.cut("abc", 1)).isEqualTo("~");
        assertThat(Cells.cut("abc", 0)).isEmpty();
    }
}
