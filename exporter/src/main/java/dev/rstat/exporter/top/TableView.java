// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Cgroups and their values, a line for each. */
final class TableView {
    /** A value has ten characters at most, a word of a title eleven. */
    private static final int VALUE = 11;

    private static final int COLUMN = 1 + VALUE;
    private static final int LEAST_NAME = 16;

    private final Frame frame;
    private final List<Stat> stats;
    private final Stat sort;
    private final int nameWidth;
    private final Styles styles;

    private TableView(Frame frame, List<Stat> stats, Stat sort, int nameWidth, Styles styles) {
        this.frame = frame;
        this.stats = stats;
        this.sort = sort;
        this.nameWidth = nameWidth;
        this.styles = styles;
    }

    /** As wide as there is room for. */
    static TableView within(int width, Frame frame, Columns columns, Styles styles) {
        int name = Math.max(LEAST_NAME, width * 3 / 10);
        List<Stat> stats = columns.shown(frame, Math.max(1, (width - name) / COLUMN));
        return new TableView(
                frame, stats, columns.sort(frame).orElseThrow(), Math.max(0, width - COLUMN * stats.size()), styles);
    }

    /** As wide as the names are. */
    static TableView whole(Frame frame, Rows rows, Columns columns, int statCount) {
        int name = LEAST_NAME;
        for (int row = 0; row < rows.size(); row++) {
            name = Math.max(name, Cells.width(name(frame.cgroups().get(rows.cgroup(row)), " ")));
        }
        return new TableView(
                frame, columns.shown(frame, statCount), columns.sort(frame).orElseThrow(), name, new Styles(false));
    }

    /** Titles, on two lines or on one. */
    List<AttributedString> header(int lines) {
        List<AttributedString> header = new ArrayList<>();
        for (int line = 0; line < lines; line++) {
            boolean last = line == lines - 1;
            AttributedStringBuilder text = new AttributedStringBuilder();
            text.styled(Styles.BOLD, Cells.left(last ? "CGROUP" : "", nameWidth));
            for (Stat stat : stats) {
                List<String> title = title(stat, lines);
                int from = title.size() - lines + line;
                AttributedStyle style = stat.equals(sort) ? Styles.BOLD.underline() : Styles.BOLD;
                String word = from < 0 ? "" : title.get(from);
                text.append(" ".repeat(1 + VALUE - Cells.width(word))).styled(style, word);
            }
            header.add(text.toAttributedString());
        }
        return header;
    }

    /** A title's words on so many lines; what does not fit is cut where a title says least, before its end. */
    private static List<String> title(Stat stat, int lines) {
        List<String> wrapped = new ArrayList<>();
        for (String word : Cells.printable(stat.title()).split(" ", -1)) {
            String line = wrapped.isEmpty() ? word : wrapped.getLast() + " " + word;
            if (!wrapped.isEmpty() && Cells.width(line) <= VALUE) {
                wrapped.set(wrapped.size() - 1, line);
            } else {
                wrapped.add(Cells.cut(word, VALUE));
            }
        }
        while (wrapped.size() > lines) {
            wrapped.remove(lines - 1);
        }
        return wrapped;
    }

    AttributedString row(Rows rows, int row, boolean isOpen, boolean isSelected) {
        int index = rows.cgroup(row);
        String mark = !rows.isParent(index) ? " " : isOpen ? "-" : "+";
        AttributedStringBuilder text = new AttributedStringBuilder();
        text.styled(
                rows.isMatch(index) ? Styles.PLAIN : Styles.FAINT,
                Cells.left(name(frame.cgroups().get(index), mark), nameWidth));
        for (Stat stat : stats) {
            double value = frame.value(stat, index);
            text.append(' ')
                    .styled(
                            styles.of(stat.unit(), value),
                            Cells.right(stat.unit().text(value), VALUE));
        }
        AttributedString line = text.toAttributedString();
        return isSelected ? new AttributedString(line.toString(), Styles.SELECTED) : line;
    }

    private static String name(Cgroup cgroup, String mark) {
        String name = cgroup.path().substring(cgroup.path().lastIndexOf('/') + 1);
        return "  ".repeat(cgroup.depth()) + mark + (cgroup.depth() == 0 ? "/" : Cells.printable(name));
    }
}
