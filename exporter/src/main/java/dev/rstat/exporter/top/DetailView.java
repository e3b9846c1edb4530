// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.exporter.live.Frame;
import dev.rstat.exporter.live.Histogram;
import dev.rstat.exporter.live.Pair;
import dev.rstat.exporter.live.Split;
import dev.rstat.exporter.live.Stat;
import dev.rstat.exporter.live.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** All about one cgroup: how long what took, who hurts it, whom it hurts, and every value. */
final class DetailView {
    /** More pairs are not what is looked for. */
    private static final int PAIRS = 8;

    private static final int LABEL = 12;
    private static final int COUNT = 10;

    private final Frame frame;
    private final int cgroup;
    private final int width;
    private final Styles styles;
    private final List<AttributedString> lines = new ArrayList<>();

    private DetailView(Frame frame, int cgroup, int width, Styles styles) {
        this.frame = frame;
        this.cgroup = cgroup;
        this.width = width;
        this.styles = styles;
    }

    /**
     * @param first the stat whose histogram comes first, if it is of one
     */
    static List<AttributedString> lines(Frame frame, int cgroup, Optional<Stat> first, int width, Styles styles) {
        DetailView view = new DetailView(frame, cgroup, width, styles);
        List<Histogram> observed = new ArrayList<>(frame.histograms().stream()
                .filter(histogram ->
                        Arrays.stream(frame.observations(histogram, cgroup)).sum() > 0)
                .toList());
        first.flatMap(stat -> observed.stream()
                        .filter(histogram ->
                                stat.key().equals(histogram.key()) || stat.key().startsWith(histogram.key() + "."))
                        .findFirst())
                .ifPresent(histogram -> {
                    observed.remove(histogram);
                    observed.addFirst(histogram);
                });
        if (!observed.isEmpty()) {
            view.histogram(observed.getFirst());
        }
        for (Split split : frame.splits()) {
            view.pairs(split);
        }
        view.values();
        observed.stream().skip(1).forEach(view::histogram);
        return view.lines;
    }

    private void title(String text) {
        if (!lines.isEmpty()) {
            lines.add(AttributedString.EMPTY);
        }
        lines.add(new AttributedString(Cells.cut(Cells.printable(text), width), Styles.BOLD));
    }

    private void line(String text) {
        lines.add(new AttributedString(Cells.cut(text, width)));
    }

    private void histogram(Histogram histogram) {
        long[] observations = frame.observations(histogram, cgroup);
        double seconds = frame.interval().toNanos() / 1e9;
        long count = Arrays.stream(observations).sum();
        title("%s: p50 %s, p99 %s, %s/s"
                .formatted(
                        histogram.title(),
                        histogram.unit().text(histogram.quantile(observations, 0.5)),
                        histogram.unit().text(histogram.quantile(observations, 0.99)),
                        Unit.PER_SECOND.text(count / seconds)));
        int first = 0;
        while (observations[first] == 0) {
            first++;
        }
        int last = observations.length - 1;
        while (observations[last] == 0) {
            last--;
        }
        long most = Arrays.stream(observations).max().orElseThrow();
        int room = Math.max(0, width - LABEL - COUNT - 2);
        for (int bucket = first; bucket <= last; bucket++) {
            boolean unbounded = bucket == histogram.buckets() - 1;
            double bound = histogram.upperBound(unbounded ? bucket - 1 : bucket);
            double share = (double) observations[bucket] / most;
            // What was observed at all can be seen.
            int bar = observations[bucket] == 0 ? 0 : Math.max(1, (int) Math.round(room * share));
            AttributedStringBuilder text = new AttributedStringBuilder();
            text.append(
                    Cells.right((unbounded ? "> " : "<= ") + histogram.unit().text(bound), LABEL));
            text.append(Cells.right(Unit.PER_SECOND.text(observations[bucket] / seconds), COUNT));
            text.append("  ").styled(styles.of(histogram.unit(), bound), "#".repeat(Math.min(bar, room)));
            lines.add(text.toAttributedString().columnSubSequence(0, width));
        }
    }

    private void pairs(Split split) {
        List<Pair> by = frame.pairs(split, cgroup);
        if (!by.isEmpty()) {
            title(split.title() + ", " + split.unit().symbol());
            by.stream().limit(PAIRS).forEach(pair -> pair(split, pair, pair.aggressor()));
        }
        List<Pair> done = frame.pairs(split).stream()
                .filter(pair -> isWithin(pair.aggressor()) && !isWithin(pair.victim()))
                .limit(PAIRS)
                .toList();
        if (!done.isEmpty()) {
            title("it does so to others: " + split.title());
            done.forEach(pair -> pair(split, pair, pair.victim()));
        }
    }

    private void pair(Split split, Pair pair, int other) {
        String name = switch (other) {
            case Pair.REMOVED -> "(removed)";
            case Pair.OTHER -> "(other)";
            default -> Cells.printable(frame.cgroups().get(other).path()) + (other == cgroup ? " (itself)" : "");
        };
        line(Cells.right(split.unit().text(pair.value()), LABEL) + "  " + name);
    }

    /** Whether a cgroup is this one or below it. */
    private boolean isWithin(int other) {
        int at = other;
        while (at > cgroup) {
            at = frame.parent(at);
        }
        return at == cgroup;
    }

    private void values() {
        List<String> values = new ArrayList<>();
        int nameWidth = Math.clamp(width - LABEL - 2L, 8, 36);
        for (Stat stat : frame.stats()) {
            double value = frame.value(stat, cgroup);
            if (!Double.isNaN(value) && value != 0) {
                values.add(Cells.right(stat.unit().text(value), LABEL) + "  "
                        + Cells.left(Cells.printable(stat.title()), nameWidth));
            }
        }
        title("values");
        int beside = Math.max(1, width / (LABEL + 2 + nameWidth));
        int height = (values.size() + beside - 1) / beside;
        for (int row = 0; row < height; row++) {
            StringBuilder text = new StringBuilder();
            for (int column = row; column < values.size(); column += height) {
                text.append(values.get(column));
            }
            line(text.toString().stripTrailing());
        }
        line("%d more are 0 or absent".formatted(frame.stats().size() - values.size()));
    }
}
