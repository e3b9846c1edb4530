// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.RstatException;
import dev.rstat.collectors.Cgroup;
import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Stat;
import dev.rstat.exporter.snapshot.SnapshotSource;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jline.utils.AttributedString;

/**
 * What each cgroup does, of what is loaded: the service need not run.
 *
 * <pre>{@code
 * try (PinnedSource source = PinnedSource.open(pinRoot, cgroupfs)) {
 *     new Top(source, Duration.ofSeconds(1), settings).printTable(out);
 * }
 * }</pre>
 */
public final class Top {
    /** What fits beside the names on most screens. */
    private static final int PRINTED_COLUMNS = 6;

    private final Sampler sampler;
    private final Duration interval;
    private final TopSettings settings;

    public Top(SnapshotSource source, Duration interval, TopSettings settings) {
        this.sampler = new Sampler(source);
        this.interval = interval;
        this.settings = settings;
    }

    /**
     * On the terminal, until somebody quits.
     *
     * @param noColor whether colour is not wanted
     * @throws RstatException if there is nothing to read, no such stat, or no terminal that can be drawn on
     */
    public void show(boolean noColor) {
        first();
        Interactive.run(sampler, interval, settings, noColor);
    }

    /**
     * One interval as a table, with every name in full.
     *
     * @throws RstatException if there is nothing to read, or no such stat
     */
    public void printTable(PrintWriter out) {
        Frame frame = measure();
        Columns columns = new Columns(settings.sort());
        Stat sort = columns.sort(frame).orElseThrow(() -> new RstatException("nothing to show: " + frame.failures()));
        Rows rows = Rows.of(frame, sort, new Filter(settings.filter()), cgroup -> cgroup.depth() < settings.depth());
        TableView table = TableView.whole(frame, rows, columns, PRINTED_COLUMNS);
        table.header(2).forEach(line -> print(out, line));
        for (int row = 0; row < rows.size(); row++) {
            Cgroup cgroup = frame.cgroups().get(rows.cgroup(row));
            if (cgroup.depth() <= settings.depth()) {
                print(out, table.row(rows, row, cgroup.depth() < settings.depth(), false));
            }
        }
        out.flush();
    }

    private static void print(PrintWriter out, AttributedString line) {
        out.println(line.toString().stripTrailing());
    }

    /**
     * One interval as JSON, see {@link FrameJson}: of all cgroups the filter matches, none deeper than the depth.
     *
     * @throws RstatException if there is nothing to read, or no such stat
     */
    public void printJson(PrintWriter out) {
        Frame frame = measure();
        List<Cgroup> cgroups = frame.cgroups();
        boolean[] matches = new Filter(settings.filter()).matches(cgroups);
        for (int i = 0; i < matches.length; i++) {
            matches[i] &= cgroups.get(i).depth() <= settings.depth();
        }
        FrameJson.write(frame, matches, out);
        out.flush();
    }

    /** All stats there are, a line for each: key, unit, help. */
    public void printStats(PrintWriter out) {
        for (Stat stat : first().stats()) {
            out.println("%-36s %-14s %s"
                    .formatted(Cells.printable(stat.key()), stat.unit().symbol(), Cells.printable(stat.help())));
        }
        out.flush();
    }

    private Frame measure() {
        first();
        try {
            TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RstatException("interrupted", e);
        }
        return switch (sampler.next()) {
            case Sampler.Outcome.Failed(String reason) -> throw new RstatException(reason);
            case Sampler.Outcome.Taken taken -> taken.frame().orElseThrow();
        };
    }

    /** The first snapshot, which says what there is. */
    private Frame first() {
        return switch (sampler.next()) {
            case Sampler.Outcome.Failed(String reason) -> throw new RstatException(reason);
            case Sampler.Outcome.Taken taken -> {
                Frame nothingYet = Frame.between(taken.snapshot(), taken.snapshot());
                if (!settings.sort().isEmpty()
                        && nothingYet.stat(settings.sort()).isEmpty()) {
                    throw new RstatException(
                            "there is no stat `%s` in what is loaded; rstat top --stats lists those there are"
                                    .formatted(settings.sort()));
                }
                yield nothingYet;
            }
        };
    }
}
