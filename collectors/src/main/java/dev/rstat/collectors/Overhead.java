// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.FileDescriptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one collector's programs take of the host's time, flushes and stats files included, by the kernel's run statistics. The way into
 * a program and back, some tens of nanoseconds, is not in them; the clock reads that they are made of are.
 *
 * @param runs of all its programs, per second
 * @param nanoseconds per run
 */
public record Overhead(String collector, double runs, double nanoseconds) {
    /** Percent of one CPU. */
    public double percent() {
        return runs * nanoseconds / 1e7;
    }

    /**
     * Has the kernel count for a while.
     *
     * @return one for each collector, the costliest first
     * @throws RstatException if nothing is loaded, or this user may not have it counted
     */
    public static List<Overhead> measure(Path pinRoot, Duration time) {
        try (PinnedCollectors collectors = PinnedCollectors.open(pinRoot);
                FileDescriptor counting = BpfProgram.countRuns()) {
            counting.number();
            List<ProgramStats> before = collectors.programs();
            long start = System.nanoTime();
            Thread.sleep(time);
            List<ProgramStats> after = collectors.programs();
            return between(before, after, (System.nanoTime() - start) / 1e9);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RstatException("interrupted", interrupted);
        }
    }

    /**
     * Programs that were loaded meanwhile count from then.
     *
     * @param seconds between the two
     */
    static List<Overhead> between(List<ProgramStats> before, List<ProgramStats> after, double seconds) {
        Map<String, ProgramStats> then = new HashMap<>();
        before.forEach(program -> then.put(key(program), program));
        Map<String, long[]> spent = new TreeMap<>();
        for (ProgramStats program : after) {
            ProgramStats first = then.get(key(program));
            long[] of = spent.computeIfAbsent(program.collector(), _ -> new long[2]);
            of[0] += program.runs();
            of[1] += program.nanoseconds();
            if (first != null && first.runs() <= program.runs()) {
                of[0] -= first.runs();
                of[1] -= first.nanoseconds();
            }
        }
        List<Overhead> all = new ArrayList<>();
        spent.forEach((collector, of) ->
                all.add(new Overhead(collector, of[0] / seconds, of[0] == 0 ? 0 : (double) of[1] / of[0])));
        all.sort(Comparator.comparingDouble(Overhead::percent).reversed());
        return all;
    }

    private static String key(ProgramStats program) {
        return program.collector() + '/' + program.program();
    }
}
