// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.BpfObject;

/** The object that collectors are measured against: bpf/bench.bpf.c. */
public final class BenchObject {
    private BenchObject() {}

    public static BpfObject open() {
        return BpfObject.open("bench", BuiltIn.object("bench"));
    }
}
