// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.LoadFailure;
import dev.rstat.collectors.libbpf.Native;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The programs of one collector that run at events, loaded without the rest: nobody reads what they count. They mark cgroups updated in the
 * kernel's tree as in rstat mode, also where that mode is not to be had. Nothing is pinned, so all of it goes with the process.
 */
public final class EventPrograms implements AutoCloseable {
    private final BpfObject object;
    private final List<BpfProgram> programs;

    private EventPrograms(BpfObject object, List<BpfProgram> programs) {
        this.object = object;
        this.programs = programs;
    }

    /**
     * Loads, and attaches nothing yet.
     *
     * @param local whether values are in cgroup local storage; else they are in a hash map
     * @throws RstatException if this kernel cannot run any of them, or has no room for such values there
     */
    public static EventPrograms load(CollectorSource source, boolean local) {
        CollectorObject file = CollectorObject.parse(source.object());
        int cpus = Native.bpf().libbpf_num_possible_cpus();
        if (local && !file.fitsLocalStorage(cpus)) {
            throw new RstatException(
                    "what %d CPUs keep of a cgroup does not fit into cgroup local storage".formatted(cpus));
        }
        BpfObject object = BpfObject.open(source.name(), file.forCpus(cpus));
        try {
            List<BpfProgram> programs = select(object, local);
            // Where values are in local storage, both stores that go with it have the same event path, and it needs no
            // totals.
            ResultStore store = local ? ResultStore.CGROUP_STORAGE : ResultStore.HASH;
            String needed = local ? "cells" : "totals";
            LastingMaps.OPTIONAL.stream().filter(map -> !map.equals(needed)).forEach(object::leaveOut);
            new Constants(KernelBtf.read(), file.schema(), FlushMode.RSTAT, store, local, Duration.ofMinutes(1), 0)
                    .set(object);
            object.load();
            return new EventPrograms(object, programs);
        } catch (LoadFailure refused) {
            object.close();
            throw new RstatException(refused.summary(), refused);
        } catch (RuntimeException failure) {
            object.close();
            throw failure;
        }
    }

    private static List<BpfProgram> select(BpfObject object, boolean local) {
        KernelBtf kernel = KernelBtf.read();
        Optional<String> trampolines = Probe.RSTAT.refusal();
        List<BpfProgram> programs = new ArrayList<>();
        String reason = "it has no program that counts anything";
        for (BpfProgram program : object.programs()) {
            boolean wanted = false;
            if (!CollectorLoad.FRAMEWORK.contains(program.name())) {
                Optional<String> lacking = CollectorLoad.lacking(kernel, trampolines, program);
                reason = lacking.orElse(reason);
                wanted = lacking.isEmpty();
            }
            program.setAutoload(wanted || (program.name().equals(CollectorLoad.MAKE) && !local));
            if (wanted) {
                programs.add(program);
            }
        }
        if (programs.isEmpty()) {
            throw new RstatException(reason);
        }
        return programs;
    }

    /** Makes totals for the cgroups that there are: in the hash map, only cgroups with a total have values. */
    public void makeTotals() {
        for (BpfProgram program : object.programs()) {
            if (program.autoload() && program.name().equals(CollectorLoad.MAKE)) {
                EmptyTotals.make(program, CgroupMount.find());
            }
        }
    }

    public List<BpfProgram> programs() {
        return programs;
    }

    @Override
    public void close() {
        object.close();
    }
}
