// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.LoadFailure;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Asks the kernel what it allows by trying an empty program of each kind: bpf/probe.bpf.c. Needs root. */
enum Probe {
    /** A fentry program on bpf_rstat_flush: rstat mode. */
    RSTAT("probe_rstat"),
    /** A sleepable cgroup iterator: every flush and stats file. */
    ITERATOR("probe_iterator"),
    /** A BTF tracepoint: every collector. */
    TRACEPOINT("probe_tracepoint"),
    /** An LSM program. */
    LSM("probe_lsm");

    private static final Map<Probe, Optional<String>> ANSWERS = new ConcurrentHashMap<>();

    private final String program;

    Probe(String program) {
        this.program = program;
    }

    /** Why the kernel refuses it; empty if it does not. It is asked once: a kernel does not change its mind. */
    Optional<String> refusal() {
        return ANSWERS.computeIfAbsent(this, Probe::ask);
    }

    private Optional<String> ask() {
        try (BpfObject object = BpfObject.open("probe", BuiltIn.object("probe"))) {
            for (BpfProgram other : object.programs()) {
                other.setAutoload(other.name().equals(program));
            }
            object.load();
            if (this != ITERATOR) {
                // What loads may still be refused where it attaches.
                object.program(program).orElseThrow().attach().close();
            }
            return Optional.empty();
        } catch (LoadFailure refused) {
            return Optional.of(refused.summary());
        } catch (RstatException refused) {
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }
}
