// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Native;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Every way of flushing and keeping totals that this kernel has. */
final class Modes {
    private static final int CGROUP_STORAGE_MAP = 32;

    private Modes() {}

    /** Pairs of {@link FlushMode} and {@link ResultStore}. Walking is possible everywhere. */
    static Stream<Arguments> all() {
        List<FlushMode> modes = new ArrayList<>(List.of(FlushMode.WALK));
        if (LoadedCollectors.EXPECTED_MODE == FlushMode.RSTAT) {
            modes.add(FlushMode.RSTAT);
        }
        return modes.stream().flatMap(mode -> stores().map(store -> Arguments.of(mode, store)));
    }

    /** Every store in this kernel's best mode, and every other mode with one store; for what takes long, where others have all pairs. */
    static Stream<Arguments> each() {
        return all().filter(
                        pair -> pair.get()[0] == LoadedCollectors.EXPECTED_MODE || pair.get()[1] == ResultStore.HASH);
    }

    static Stream<ResultStore> stores() {
        boolean local = Native.bpf().libbpf_probe_bpf_map_type(CGROUP_STORAGE_MAP, null) == 1;
        return Arrays.stream(ResultStore.values()).filter(store -> local || store == ResultStore.HASH);
    }
}
