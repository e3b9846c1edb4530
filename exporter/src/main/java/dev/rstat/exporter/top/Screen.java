// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/** What is on the screen in some state: as many lines as it has at most, none longer than it is wide. */
final class Screen {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private static final List<String> HELP = List.of(
            "Values are of the last interval, and of a cgroup with all below it.",
            "",
            "  up, down, page, home, end    move (also k j g G)",
            "  right, left                  open, close (also + -); left goes up, too",
            "  Enter                        all about the selected cgroup:",
            "                               histograms, who hurts it, whom it hurts",
            "  /                            only cgroups with this in their path, or a",
            "                               pattern such as **/*.service; Esc ends it",
            "  s                            choose the stat to sort by, and the columns",
            "  < >                          sort by the column to the left, to the right",
            "  p                            pause",
            "  q                            quit",
            "",
            "  -   no value: not counted, or nothing happened to compute it of");

    private final TopState state;
    private final ZoneId zone;

    private Screen(TopState state, ZoneId zone) {
        this.state = state;
        this.zone = zone;
    }

    static List<AttributedString> lines(TopState state, ZoneId zone) {
        return new Screen(state, zone)
                .lines().stream()
                        .limit(state.height())
                        // A table has its least width, whatever there is.
                        .map(line ->
                                line.columnLength() > state.width() ? line.columnSubSequence(0, state.width()) : line)
                        .toList();
    }

    private List<AttributedString> lines() {
        if (state.frame().isEmpty()) {
            return List.of(
                    line("rstat top", Styles.BOLD),
                    line(
                            state.message().isEmpty()
                                    ? "measuring: the first interval is not over yet"
                                    : state.message()));
        }
        Frame frame = state.frame().orElseThrow();
        return switch (state.view()) {
            case TABLE -> table(frame);
            case DETAILS -> details();
            case STATS -> stats(frame);
            case HELP -> framed("rstat top: keys", HELP.stream().map(this::line).toList(), "any key goes back");
        };
    }

    private List<AttributedString> table(Frame frame) {
        List<AttributedString> lines = new ArrayList<>();
        lines.add(line(headline(frame), Styles.BOLD));
        if (frame.stats().isEmpty()) {
            lines.add(line("nothing to show: " + frame.failures()));
            return lines;
        }
        TableView table = TableView.within(state.width(), frame, state.columns, state.styles);
        lines.addAll(table.header(state.titleLines()));
        Rows rows = state.rows();
        int end = Math.min(rows.size(), state.top() + state.tableHeight());
        for (int row = state.top(); row < end; row++) {
            boolean isOpen =
                    !state.filter().isEmpty() || state.isOpen(frame.cgroups().get(rows.cgroup(row)));
            lines.add(table.row(rows, row, isOpen, row == state.cursor()));
        }
        fill(lines);
        lines.add(line(footer()));
        return lines;
    }

    private String headline(Frame frame) {
        StringBuilder text = new StringBuilder("rstat top  ")
                .append(time(frame.time()))
                .append("  %.1f s".formatted(frame.interval().toNanos() / 1e9));
        if (state.isPaused()) {
            text.append("  PAUSED");
        }
        text.append("  %d cgroups".formatted(frame.cgroups().size()));
        if (!frame.consistent()) {
            text.append("  not of one moment");
        }
        if (!frame.failures().isEmpty()) {
            text.append("  without ")
                    .append(String.join(
                            " ", frame.failures().keySet().stream().sorted().toList()));
        }
        return text.toString();
    }

    private String time(Instant instant) {
        return TIME.format(instant.atZone(zone));
    }

    private String footer() {
        String filter = Cells.printable(state.filter().text());
        if (state.isEditing()) {
            return "/" + filter + "_  " + state.message();
        }
        if (!state.message().isEmpty()) {
            return state.message();
        }
        if (!filter.isEmpty()) {
            return "%d match %s; Esc: all".formatted(state.rows().matching(), filter);
        }
        return "q quit  ? help  / filter  s stats  Enter details";
    }

    private List<AttributedString> details() {
        String gone = state.isExaminedGone()
                ? "GONE since %s; its last values: "
                        .formatted(time(state.examinedFrame().time()))
                : state.isPaused() ? "PAUSED " : "";
        List<AttributedString> details = state.details();
        int from = Math.min(state.scrolled(), details.size());
        return framed(
                gone + Cells.printable(state.examined().path()),
                details.subList(from, details.size()),
                state.message().isEmpty() ? "Esc back  arrows scroll  p pause  q quit" : state.message());
    }

    private List<AttributedString> stats(Frame frame) {
        StatChoice choice = state.choice;
        List<Stat> found = choice.found(frame);
        int room = Math.max(1, state.height() - 2);
        int from = Math.clamp(choice.chosen() - room / 2L, 0, Math.max(0, found.size() - room));
        List<AttributedString> lines = new ArrayList<>();
        for (int i = from; i < Math.min(found.size(), from + room); i++) {
            Stat stat = found.get(i);
            String mark = state.columns.isShown(stat) ? "* " : "  ";
            String text = mark + Cells.left(Cells.printable(stat.title()), 28) + " "
                    + Cells.left(stat.unit().symbol(), 14) + " " + Cells.printable(stat.help());
            lines.add(line(text, i == choice.chosen() ? Styles.SELECTED : Styles.PLAIN));
        }
        return framed(
                "stats: " + Cells.printable(choice.sought()) + "_",
                lines,
                "type to find  Enter sort by it  Tab show or hide  Esc back");
    }

    private List<AttributedString> framed(String title, List<AttributedString> content, String footer) {
        List<AttributedString> lines = new ArrayList<>();
        lines.add(line(title, Styles.BOLD));
        lines.addAll(content.subList(0, Math.min(content.size(), Math.max(0, state.height() - 2))));
        fill(lines);
        lines.add(line(footer));
        return lines;
    }

    /** So that what comes is on the last line. */
    private void fill(List<AttributedString> lines) {
        while (lines.size() < state.height() - 1) {
            lines.add(AttributedString.EMPTY);
        }
    }

    private AttributedString line(String text) {
        return line(text, Styles.PLAIN);
    }

    private AttributedString line(String text, AttributedStyle style) {
        return new AttributedString(Cells.cut(text, state.width()), style);
    }
}
