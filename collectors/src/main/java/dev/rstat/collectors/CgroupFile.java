// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/** The files that are read of each cgroup, as far as it has them. Documentation/admin-guide/cgroup-v2.rst says what is in them. */
enum CgroupFile {
    CPU_STAT("cpu.stat", Form.FLAT_KEYED),
    MEMORY_CURRENT("memory.current", Form.NUMBER),
    MEMORY_STAT("memory.stat", Form.FLAT_KEYED),
    MEMORY_EVENTS("memory.events", Form.FLAT_KEYED),
    IO_STAT("io.stat", Form.DEVICES),
    PIDS_CURRENT("pids.current", Form.NUMBER),
    PIDS_MAX("pids.max", Form.NUMBER),
    PIDS_EVENTS("pids.events", Form.FLAT_KEYED),
    CPU_PRESSURE("cpu.pressure", Form.PRESSURE),
    MEMORY_PRESSURE("memory.pressure", Form.PRESSURE),
    IO_PRESSURE("io.pressure", Form.PRESSURE),
    CGROUP_STAT("cgroup.stat", Form.FLAT_KEYED);

    /** How numbers are written in a file. */
    enum Form {
        /** One, or {@code max}. */
        NUMBER,
        /** {@code anon 4096}. */
        FLAT_KEYED,
        /** {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=12345}, of which the total is taken. */
        PRESSURE,
        /** {@code 8:0 rbytes=4096 wbytes=0}. */
        DEVICES
    }

    private final String name;
    private final Form form;

    CgroupFile(String name, Form form) {
        this.name = name;
        this.form = form;
    }

    Form form() {
        return form;
    }

    @Override
    public String toString() {
        return name;
    }
}
