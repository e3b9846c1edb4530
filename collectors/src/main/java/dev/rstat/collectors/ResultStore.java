// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import java.util.Arrays;
import java.util.List;

/** Where flushes leave the totals, and so how they are read: bpf/store.h. */
public enum ResultStore {
    /** A hash map, read in batches. On every kernel; a cgroup that has had no event costs nearly nothing. */
    HASH("hash", 0),
    /** Cgroup local storage, read one cgroup at a time by its descriptor. Never full. Linux 6.2. */
    CGROUP_STORAGE("cgroup-storage", 1),
    /** An array in memory that readers map, with a slot for each cgroup: read with no system call. Linux 6.2. */
    MMAP_ARRAY("mmap-array", 2);

    private final String label;
    private final int number;

    ResultStore(String label, int number) {
        this.label = label;
        this.number = number;
    }

    static ResultStore of(int number) {
        return Arrays.stream(values())
                .filter(store -> store.number == number)
                .findFirst()
                .orElseThrow(() -> new RstatException("result store %d is unknown to this version".formatted(number)));
    }

    /** {@code RSTAT_STORE_*} of bpf/store.h. */
    int number() {
        return number;
    }

    /** As options and metrics spell it. */
    public String label() {
        return label;
    }

    /** The BPF maps it is made of; the first has the totals. */
    List<String> maps() {
        return switch (this) {
            case HASH -> List.of("totals");
            case CGROUP_STORAGE -> List.of("totals_local");
            case MMAP_ARRAY -> List.of("totals_array", "pending_array", "slots", "free_slots");
        };
    }
}
