// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.bench;

import dev.rstat.collectors.BenchObject;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Programs that do nothing or only read the clock, attached where a collector's program is: bpf/bench.bpf.c. */
final class Baselines implements AutoCloseable {
    private static final Set<String> KINDS = Set.of("tp_btf", "fentry", "fexit");
    private static final List<String> PROGRAMS = List.of("_empty", "_one_clock", "_two_clocks");

    private final BpfObject object;
    private final List<BpfProgram> programs = new ArrayList<>();
    private final List<BpfLink> links = new ArrayList<>();
    private List<BpfProgram.Runs> before = List.of();

    private Baselines(BpfObject object) {
        this.object = object;
    }

    /** Whether there are any for programs of such a section. */
    static boolean has(String section) {
        return section.contains("/") && KINDS.contains(section.substring(0, section.indexOf('/')));
    }

    /**
     * @param section of the program that they are compared with
     */
    static Baselines attach(String section) {
        String kind = section.substring(0, section.indexOf('/'));
        Baselines baselines = new Baselines(BenchObject.open());
        try {
            for (String name : PROGRAMS) {
                BpfProgram program = baselines.object.program(kind + name).orElseThrow();
                program.setAutoload(true);
                program.setTarget(section.substring(kind.length() + 1));
                baselines.programs.add(program);
            }
            baselines.object.load();
            for (BpfProgram program : baselines.programs) {
                baselines.links.add(program.attach());
            }
            return baselines;
        } catch (RuntimeException failure) {
            baselines.close();
            throw failure;
        }
    }

    /** From here {@link #spent} counts. */
    void mark() {
        before = runs();
    }

    /** Runs of the empty program, of that with one clock read, and of that with two. */
    List<BpfProgram.Runs> spent() {
        List<BpfProgram.Runs> after = runs();
        List<BpfProgram.Runs> spent = new ArrayList<>();
        for (int i = 0; i < after.size(); i++) {
            spent.add(after.get(i).since(before.get(i)));
        }
        return spent;
    }

    private List<BpfProgram.Runs> runs() {
        return programs.stream().map(BpfProgram::runs).toList();
    }

    @Override
    public void close() {
        links.forEach(BpfLink::close);
        object.close();
    }
}
