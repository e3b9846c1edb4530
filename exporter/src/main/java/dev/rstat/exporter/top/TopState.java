// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jline.utils.AttributedString;
import org.jspecify.annotations.Nullable;

/**
 * What somebody looks at: changed by keys and by new frames, drawn by {@link Screen}. For one thread.
 */
final class TopState {
    /** What fills the screen. */
    enum View {
        TABLE,
        DETAILS,
        STATS,
        HELP
    }

    /** Lines that are no cgroups: one above, the titles, one below. */
    private static final int FRAME_LINES = 2;

    private static final int HEIGHT_OF_TWO_TITLES = 8;

    final Columns columns;
    final StatChoice choice;
    final Styles styles;
    private final int depth;
    private final Set<Long> toggled = new HashSet<>();
    private View view = View.TABLE;
    private @Nullable Frame frame;
    private Rows rows = Rows.none();
    private Filter filter;
    private boolean editing;
    private boolean paused;
    private boolean finished;
    private String message = "";
    private int width = 80;
    private int height = 24;

    /** The selected cgroup, the row it is or was in, and the first row that is drawn. */
    private @Nullable Cgroup selected;

    private int cursor;
    private int top;

    /** The cgroup whose details are shown, the last frame it was in, and how far its lines are scrolled. */
    private @Nullable Cgroup examined;

    private @Nullable Frame examinedFrame;
    private int scrolled;
    private @Nullable List<AttributedString> details;

    /**
     * @param sort the key of the stat to sort by; empty for the first
     * @param depth cgroups of this depth are closed at first
     */
    TopState(String sort, Filter filter, int depth, Styles styles) {
        columns = new Columns(sort);
        choice = new StatChoice(columns);
        this.filter = filter;
        this.depth = depth;
        this.styles = styles;
    }

    // ---- what happens ----

    void resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        details = null;
        scroll();
    }

    /** A new interval is over. */
    void show(Frame latest) {
        message = "";
        if (paused) {
            return;
        }
        frame = latest;
        Cgroup before = selected;
        arrange();
        if (before != null && latest.index().of(before.id()) < 0) {
            message = Cells.printable(before.path()) + " is gone";
        }
        if (examined != null && latest.index().of(examined.id()) >= 0) {
            examinedFrame = latest;
            details = null;
        }
    }

    /** There is none, and why. */
    void fail(String reason) {
        message = Cells.printable(reason);
    }

    void press(Key key) {
        message = "";
        if (editing) {
            edit(key);
            return;
        }
        switch (view) {
            case TABLE -> pressInTable(key);
            case DETAILS -> pressInDetails(key);
            case STATS -> pressInStats(key);
            case HELP -> view = View.TABLE;
        }
    }

    private void pressInTable(Key key) {
        switch (key.kind()) {
            case UP -> move(-1);
            case DOWN -> move(1);
            case PAGE_UP -> move(-tableHeight());
            case PAGE_DOWN -> move(tableHeight());
            case HOME -> move(-rows.size());
            case END -> move(rows.size());
            case LEFT -> close();
            case RIGHT -> open();
            case ENTER -> examine();
            case ESCAPE -> setFilter(Filter.NONE);
            case CHARACTER -> command(key);
            case BACKSPACE, TAB, REDRAW, OTHER -> {}
        }
    }

    private void command(Key key) {
        switch (key.codePoint()) {
            case 'q' -> finished = true;
            case '?', 'h' -> view = View.HELP;
            case '/' -> editing = true;
            case 'p' -> pause();
            case 's', 'c' -> {
                view = View.STATS;
                choice.begin();
            }
            case 'k' -> move(-1);
            case 'j' -> move(1);
            case 'g' -> move(-rows.size());
            case 'G' -> move(rows.size());
            case '+', 'l' -> open();
            case '-' -> close();
            case '<' -> sortByNext(-1);
            case '>' -> sortByNext(1);
            default -> message = "? for help";
        }
    }

    private void pressInDetails(Key key) {
        int page = Math.max(1, height - FRAME_LINES);
        switch (key.kind()) {
            case UP -> scrollDetails(-1);
            case DOWN -> scrollDetails(1);
            case PAGE_UP -> scrollDetails(-page);
            case PAGE_DOWN -> scrollDetails(page);
            case HOME -> scrollDetails(-scrolled);
            case END -> scrollDetails(Integer.MAX_VALUE / 2);
            case ESCAPE, ENTER, LEFT -> view = View.TABLE;
            case CHARACTER -> {
                switch (key.codePoint()) {
                    case 'q' -> finished = true;
                    case '?', 'h' -> view = View.HELP;
                    case 'p' -> pause();
                    case 'k' -> scrollDetails(-1);
                    case 'j' -> scrollDetails(1);
                    default -> {}
                }
            }
            case RIGHT, BACKSPACE, TAB, REDRAW, OTHER -> {}
        }
    }

    private void pressInStats(Key key) {
        if (choice.press(key, frame(), Math.max(1, height - FRAME_LINES))) {
            view = View.TABLE;
            arrange();
        }
    }

    private void edit(Key key) {
        switch (key.kind()) {
            case CHARACTER -> setFilter(new Filter(filter.text() + Character.toString(key.codePoint())));
            case BACKSPACE -> setFilter(filter.withoutLast());
            case ENTER -> editing = false;
            case ESCAPE -> {
                editing = false;
                setFilter(Filter.NONE);
            }
            case UP, DOWN, LEFT, RIGHT, PAGE_UP, PAGE_DOWN, HOME, END, TAB, REDRAW, OTHER -> {}
        }
    }

    private void setFilter(Filter changed) {
        filter = changed;
        arrange();
    }

    private void pause() {
        paused = !paused;
    }

    private void sortByNext(int step) {
        if (frame != null) {
            columns.sortByNext(frame, step);
            arrange();
        }
    }

    private void move(int lines) {
        cursor += lines;
        follow();
    }

    private void open() {
        if (selected != null && !isOpen(selected)) {
            toggle(selected);
        }
    }

    /** Closes what is open; where nothing is, goes up. */
    private void close() {
        if (selected == null || frame == null || rows.size() == 0) {
            return;
        }
        int cgroup = rows.cgroup(cursor);
        if (rows.isParent(cgroup) && isOpen(selected)) {
            toggle(selected);
        } else if (frame.parent(cgroup) >= 0) {
            cursor = rows.of(frame.parent(cgroup));
            follow();
        }
    }

    private void toggle(Cgroup cgroup) {
        if (!toggled.remove(cgroup.id())) {
            toggled.add(cgroup.id());
        }
        arrange();
    }

    private void examine() {
        if (selected != null && frame != null) {
            examined = selected;
            examinedFrame = frame;
            details = null;
            scrolled = 0;
            view = View.DETAILS;
        }
    }

    private void scrollDetails(int lines) {
        int most = details().size() - (height - FRAME_LINES);
        scrolled = Math.clamp(scrolled + (long) lines, 0, Math.max(0, most));
    }

    /** Sorts the rows anew, and finds the selected cgroup among them; if it is not there any more, the place stays. */
    private void arrange() {
        if (frame == null) {
            return;
        }
        Frame arranged = frame;
        Optional<Stat> sort = columns.sort(frame);
        if (sort.isEmpty()) {
            rows = Rows.none();
        } else {
            try {
                rows = Rows.of(arranged, sort.get(), filter, this::isOpen);
            } catch (IllegalArgumentException halfAPattern) {
                // While it is typed it may be none yet: what was shown stays.
                message = Cells.printable(String.valueOf(halfAPattern.getMessage()));
                rows = Rows.of(arranged, sort.get(), Filter.NONE, this::isOpen);
            }
        }
        int row = selected == null ? -1 : rows.of(arranged.index().of(selected.id()));
        cursor = row >= 0 ? row : cursor;
        follow();
    }

    /** The selection goes with the cursor. */
    private void follow() {
        cursor = Math.clamp(cursor, 0, Math.max(0, rows.size() - 1));
        selected = frame == null || rows.size() == 0 ? null : frame.cgroups().get(rows.cgroup(cursor));
        scroll();
    }

    private void scroll() {
        int visible = tableHeight();
        top = Math.clamp(top, Math.max(0, cursor - visible + 1), cursor);
        top = Math.clamp(top, 0, Math.max(0, rows.size() - visible));
    }

    // ---- what there is to draw ----

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    View view() {
        return view;
    }

    Optional<Frame> frame() {
        return Optional.ofNullable(frame);
    }

    Rows rows() {
        return rows;
    }

    Filter filter() {
        return filter;
    }

    boolean isEditing() {
        return editing;
    }

    boolean isPaused() {
        return paused;
    }

    boolean isFinished() {
        return finished;
    }

    /** One line; empty if there is nothing to say. */
    String message() {
        return message;
    }

    int cursor() {
        return cursor;
    }

    /** The first row that is drawn. */
    int top() {
        return top;
    }

    int titleLines() {
        return height < HEIGHT_OF_TWO_TITLES ? 1 : 2;
    }

    /** How many rows are drawn, at least one. */
    int tableHeight() {
        return Math.max(1, height - FRAME_LINES - titleLines());
    }

    boolean isOpen(Cgroup cgroup) {
        return cgroup.depth() < depth != toggled.contains(cgroup.id());
    }

    /** Whose details are shown. */
    Cgroup examined() {
        return Objects.requireNonNull(examined);
    }

    /** The last frame in which it was. */
    Frame examinedFrame() {
        return Objects.requireNonNull(examinedFrame);
    }

    // The same object is meant.
    @SuppressWarnings("ReferenceEquality")
    boolean isExaminedGone() {
        return frame != null && examinedFrame != frame;
    }

    /** All lines about it; made once for a frame, since it takes a look at all cgroups. */
    List<AttributedString> details() {
        if (details == null) {
            Frame last = examinedFrame();
            details = DetailView.lines(last, last.index().of(examined().id()), columns.sort(last), width, styles);
        }
        return details;
    }

    int scrolled() {
        return scrolled;
    }
}
