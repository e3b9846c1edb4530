// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A collector with a metric of every type, told apart by labels or not, and random values of it. */
public final class EveryKind {
    private static final List<Label> READ = List.of(new Label("operation", "read"));
    private static final List<Label> WRITE = List.of(new Label("operation", "write \"back\""));

    private static final Metric COUNT = SnapshotFixture.counter("count", "cgroup_things_total", 0);
    private static final Metric LEVEL = plain("level", "cgroup_level", Metric.Type.GAUGE, 1);
    private static final Metric LONGEST = new Metric(
            "longest",
            "cgroup_longest_seconds",
            Metric.Type.MAX,
            Metric.Unit.NANOSECONDS,
            "The longest, of \"all\".",
            2,
            List.of(),
            "",
            false);
    private static final Metric READS = histogram("reads", READ, 5);
    private static final Metric WRITES =
            histogram("writes", WRITE, 5 + READS.type().words());
    private static final Metric BY = new Metric(
            "by",
            "cgroup_hurt_by_seconds_total",
            Metric.Type.TOP,
            Metric.Unit.NANOSECONDS,
            "Split by another cgroup.",
            WRITES.firstWord() + WRITES.type().words(),
            READ,
            "by",
            false);

    public static final CollectorSchema SCHEMA = new CollectorSchema(
            "kinds",
            "Every kind",
            List.of(COUNT, LEVEL, LONGEST, READS, WRITES, BY),
            BY.firstWord() + BY.type().words());

    private EveryKind() {}

    private static Metric plain(String field, String name, Metric.Type type, int word) {
        return new Metric(field, name, type, Metric.Unit.NONE, "Of %s.".formatted(field), word);
    }

    private static Metric histogram(String field, List<Label> labels, int word) {
        return new Metric(
                field,
                "cgroup_operation_seconds",
                Metric.Type.HISTOGRAM,
                Metric.Unit.NANOSECONDS,
                "How long it took.",
                word,
                labels,
                "",
                false);
    }

    /** Of so many cgroups below the root, one in four of them idle, and one whose name needs care. */
    public static Snapshot snapshot(int cgroups, long seed) {
        Random random = new Random(seed);
        String[] paths = new String[cgroups + 2];
        paths[0] = "/";
        paths[1] = "/quo\"te\\slash\nline, {blank} \u00fc";
        for (int i = 2; i < paths.length; i++) {
            paths[i] = "/system.slice-%d.service".formatted(i);
        }
        Map<String, long[]> words = new HashMap<>();
        for (int i = 0; i < paths.length; i++) {
            if (i % 4 != 3) {
                words.put(paths[i], words(random, paths.length));
            }
        }
        return new SnapshotFixture()
                .cgroups(paths)
                .collector(SCHEMA, words)
                .collector(SnapshotFixture.RUNQUEUE, Map.of("/", SnapshotFixture.runqueue(5, 1, 77, 1, 0, 3)))
                .build();
    }

    private static long[] words(Random random, int cgroups) {
        long[] words = new long[SCHEMA.words()];
        words[COUNT.firstWord()] = random.nextLong() >>> random.nextInt(64);
        words[LEVEL.firstWord()] = random.nextInt();
        words[LONGEST.firstWord()] = random.nextInt(3);
        words[LONGEST.firstWord() + 1] = random.nextLong() >>> random.nextInt(20, 64);
        words[LONGEST.firstWord() + 2] = random.nextLong() >>> random.nextInt(20, 64);
        for (Metric histogram : List.of(READS, WRITES)) {
            if (random.nextInt(4) > 0) {
                words[histogram.firstWord()] = random.nextLong() >>> random.nextInt(4, 64);
                for (int i = random.nextInt(Metric.BUCKETS); i >= 0; i--) {
                    words[histogram.firstWord() + 1 + random.nextInt(Metric.BUCKETS)] = random.nextInt(1_000_000);
                }
            }
        }
        for (int entry = 0; entry < Metric.TOP_ENTRIES; entry++) {
            // Some of cgroups that are gone.
            words[BY.firstWord() + entry * Metric.TOP_ENTRY_WORDS] =
                    1 + random.nextLong(cgroups) / 4 * Metric.TOP_ENTRIES + entry;
            words[BY.firstWord() + entry * Metric.TOP_ENTRY_WORDS + 1] = random.nextInt();
            words[BY.firstWord() + entry * Metric.TOP_ENTRY_WORDS + 1] &= 0xffff_ffffL;
        }
        words[BY.firstWord() + Metric.TOP_ENTRIES * Metric.TOP_ENTRY_WORDS] = random.nextInt(3);
        return words;
    }
}
